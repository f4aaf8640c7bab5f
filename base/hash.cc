#include "base/hash.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace vitrine {
namespace {

constexpr std::uint32_t kCastagnoliReflected = 0x82F63B78U;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) ? kCastagnoliReflected : 0U);
    table[i] = crc;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

std::uint32_t crc_by_table(const char* data, std::size_t size, std::uint32_t crc) {
  for (std::size_t i = 0; i < size; ++i) {
    crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<unsigned char>(data[i])) & 0xFFU];
  }
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc_by_instruction(const char* data,
                                                                   std::size_t size,
                                                                   std::uint32_t crc) {
  std::uint64_t wide = crc;
  while (size >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, 8);
    wide = _mm_crc32_u64(wide, word);
    data += 8;
    size -= 8;
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size > 0; --size) crc = _mm_crc32_u8(crc, static_cast<unsigned char>(*data++));
  return crc;
}
#endif

using CrcFunction = std::uint32_t (*)(const char*, std::size_t, std::uint32_t);

CrcFunction choose_crc() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2")) return crc_by_instruction;
#endif
  return crc_by_table;
}

}  // namespace

std::uint32_t crc32c(BytesView data, std::uint32_t seed) {
  static const CrcFunction crc = choose_crc();
  return ~crc(data.data(), data.size(), ~seed);
}

std::uint32_t crc32c_by_table(BytesView data, std::uint32_t seed) {
  return ~crc_by_table(data.data(), data.size(), ~seed);
}

std::uint32_t murmur2(BytesView data) {
  constexpr std::uint32_t kSeed = 0x9747b28cU;
  constexpr std::uint32_t kMultiplier = 0x5bd1e995U;
  const auto byte_at = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(data[i])};
  };
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(data.size());
  std::size_t i = 0;
  for (; i + 4 <= data.size(); i += 4) {
    std::uint32_t k =
        byte_at(i) | byte_at(i + 1) << 8U | byte_at(i + 2) << 16U | byte_at(i + 3) << 24U;
    k *= kMultiplier;
    k ^= k >> 24U;
    k *= kMultiplier;
    hash = hash * kMultiplier ^ k;
  }
  switch (data.size() - i) {
    case 3: hash ^= byte_at(i + 2) << 16U; [[fallthrough]];
    case 2: hash ^= byte_at(i + 1) << 8U; [[fallthrough]];
    case 1:
      hash ^= byte_at(i);
      hash *= kMultiplier;
      break;
    default: break;
  }
  hash ^= hash >> 13U;
  hash *= kMultiplier;
  hash ^= hash >> 15U;
  return hash;
}

}  // namespace vitrine
