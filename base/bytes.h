#pragma once
// Bytes are a std::string, borrowed bytes a std::string_view: they may hold zeros and need not be
// text. Also the little-endian and varint codecs that every format of ours is made of.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine {

using Bytes = std::string;
using BytesView = std::string_view;
using ByteCount = std::size_t;

void put_u8(Bytes& out, std::uint8_t value);
void put_u32(Bytes& out, std::uint32_t value);     // 4 bytes, little-endian
void put_u64(Bytes& out, std::uint64_t value);     // 8 bytes, little-endian
void put_varint(Bytes& out, std::uint64_t value);  // LEB128, 1 to 10 bytes
void put_signed(Bytes& out, std::int64_t value);   // zigzag, then LEB128
void put_bytes(Bytes& out, BytesView value);       // varint length, then the bytes

// Reads what the put_ functions wrote. After the first short or malformed read ok() is false for
// good, and every further read returns zero or empty: callers check ok() once at the end. Never
// reads past the view. Borrowed results point into it.
class ByteReader {
 public:
  explicit ByteReader(BytesView data) : data_(data) {}
  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::uint64_t varint() {
    if (ok_ && offset_ < data_.size() && static_cast<unsigned char>(data_[offset_]) < 0x80)
      return static_cast<unsigned char>(data_[offset_++]);  // most are short
    return long_varint();
  }
  std::int64_t signed_varint();
  BytesView bytes();
  BytesView take(ByteCount count) {
    if (!ok_ || count > remaining()) {
      ok_ = false;
      return {};
    }
    offset_ += count;
    return {data_.data() + offset_ - count, count};
  }
  bool ok() const { return ok_; }
  bool at_end() const { return offset_ == data_.size(); }
  ByteCount offset() const { return offset_; }
  ByteCount remaining() const { return data_.size() - offset_; }

 private:
  std::uint64_t long_varint();

  BytesView data_;
  ByteCount offset_ = 0;
  bool ok_ = true;
};

std::string to_hex(BytesView data);

}  // namespace vitrine
