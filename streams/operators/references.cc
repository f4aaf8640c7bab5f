#include "streams/operators/references.h"

namespace vitrine::nodes {
namespace {

Bytes encoded_number(std::uint64_t number) {
  Bytes out;
  detail::put_big_endian(out, number);
  return out;
}

std::uint64_t decoded_number(BytesView bytes) {
  std::uint64_t number = 0;
  VT_CHECK(detail::get_big_endian(bytes, number));
  return number;
}

// Three kinds of rows below a key: how many there are, the row of a number, the number of a row.
ScopedRow size_row(BytesView key) { return {Bytes(key), {}}; }
ScopedRow numbered(BytesView key, std::uint64_t number) {
  return {Bytes(key), "n" + encoded_number(number)};
}
ScopedRow named(BytesView key, BytesView row) { return {Bytes(key), "r" + Bytes(row)}; }

}  // namespace

StateSpec References::spec(const std::string& state) {
  return {state, std::string(Serde<ScopedRow>::name), std::string(Serde<std::string>::name)};
}

References::References(const std::string& state, Wiring& wiring)
    : store_(wiring.stores().keyed<ScopedRow, std::string>(state)) {}

std::uint64_t References::size_of(BytesView key) {
  const std::string* size = store_.find(size_row(key));
  return size == nullptr ? 0 : decoded_number(*size);
}

void References::resize(BytesView key, std::uint64_t size) {
  if (size == 0) return store_.erase(size_row(key));
  store_.put(size_row(key), encoded_number(size));
}

void References::add(BytesView key, BytesView row) {
  if (store_.contains(named(key, row))) return;
  const std::uint64_t size = size_of(key);
  store_.put(named(key, row), encoded_number(size));
  store_.put(numbered(key, size), Bytes(row));
  resize(key, size + 1);
}

void References::remove(BytesView key, BytesView row) {
  const std::string* place = store_.find(named(key, row));
  if (place == nullptr) return;
  const std::uint64_t number = decoded_number(*place);
  const std::uint64_t last = size_of(key) - 1;
  if (number != last) {
    const Bytes moved = *store_.find(numbered(key, last));
    store_.put(numbered(key, number), moved);
    store_.put(named(key, moved), encoded_number(number));
  }
  store_.erase(named(key, row));
  store_.erase(numbered(key, last));
  resize(key, last);
}

void References::for_each(BytesView key, const std::function<void(BytesView row)>& visit) {
  const std::uint64_t size = size_of(key);
  for (std::uint64_t number = 0; number < size; ++number) {
    const std::string* row = store_.find(numbered(key, number));
    VT_CHECK(row != nullptr);
    visit(*row);
  }
}

}  // namespace vitrine::nodes
