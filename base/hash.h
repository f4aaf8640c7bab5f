#pragma once
// The hashes our formats and routing use. All are stable for ever: they are written to disk and
// agreed with Kafka clients.
#include <cstdint>

#include "base/bytes.h"

namespace vitrine {

// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected), by the SSE4.2 instruction when the machine
// has it, else by table. `seed` chains calls: crc32c(b, crc32c(a)) == crc32c(a + b).
// crc32c("123456789") == 0xE3069283.
std::uint32_t crc32c(BytesView data, std::uint32_t seed = 0);
// The same by table on every machine, for the test that holds both against each other.
std::uint32_t crc32c_by_table(BytesView data, std::uint32_t seed = 0);

// Kafka's default partitioner hash (murmur2 with seed 0x9747b28c), so that Java clients and we
// agree on partitions.
std::uint32_t murmur2(BytesView data);

// vp = murmur2(key) with its sign bit cleared, mod 1024: where state is addressed. partition = vp
// mod P, P a power of two.
inline constexpr std::uint32_t kVirtualPartitions = 1024;
inline std::uint32_t virtual_partition(BytesView key) {
  return (murmur2(key) & 0x7fffffffU) % kVirtualPartitions;
}

}  // namespace vitrine
