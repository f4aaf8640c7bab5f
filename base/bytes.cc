#include "base/bytes.h"

#include <cstring>

namespace vitrine {

void put_u8(Bytes& out, std::uint8_t value) { out.push_back(static_cast<char>(value)); }

void put_u32(Bytes& out, std::uint32_t value) {
  char buffer[4];
  std::memcpy(buffer, &value, sizeof buffer);  // x86-64 and AArch64 are little-endian
  out.append(buffer, sizeof buffer);
}

void put_u64(Bytes& out, std::uint64_t value) {
  char buffer[8];
  std::memcpy(buffer, &value, sizeof buffer);
  out.append(buffer, sizeof buffer);
}

void put_varint(Bytes& out, std::uint64_t value) {
  if (value < 0x80) return out.push_back(static_cast<char>(value));
  char buffer[10];
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) buffer[size++] = static_cast<char>(value | 0x80);
  buffer[size++] = static_cast<char>(value);
  out.append(buffer, size);
}

void put_signed(Bytes& out, std::int64_t value) {
  put_varint(out,
             (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void put_bytes(Bytes& out, BytesView value) {
  put_varint(out, value.size());
  out.append(value);
}

std::uint8_t ByteReader::u8() {
  const BytesView view = take(1);
  return view.empty() ? 0 : static_cast<std::uint8_t>(view[0]);
}

std::uint32_t ByteReader::u32() {
  const BytesView view = take(4);
  std::uint32_t value = 0;
  if (view.size() == sizeof value) std::memcpy(&value, view.data(), sizeof value);
  return value;
}

std::uint64_t ByteReader::u64() {
  const BytesView view = take(8);
  std::uint64_t value = 0;
  if (view.size() == sizeof value) std::memcpy(&value, view.data(), sizeof value);
  return value;
}

std::uint64_t ByteReader::long_varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = u8();
    if (!ok_) return 0;
    if (shift == 63 && byte > 1) break;  // more than 64 bits
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  ok_ = false;
  return 0;
}

std::int64_t ByteReader::signed_varint() {
  const std::uint64_t value = varint();
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

BytesView ByteReader::bytes() {
  const std::uint64_t count = varint();
  if (count > remaining()) ok_ = false;
  return take(ok_ ? static_cast<ByteCount>(count) : 0);
}

std::string to_hex(BytesView data) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (const char c : data) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

}  // namespace vitrine
