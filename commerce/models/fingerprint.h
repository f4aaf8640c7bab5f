#pragma once
// What is the same: SHA-256, as 64 small hexadecimal digits.
#include <memory>
#include <string>

#include "base/bytes.h"

namespace vitrine::models {

std::string sha256_of(BytesView bytes);

// Of texts one after the other, each with its length, so that "ab", "c" is not "a", "bc".
class Fingerprint {
 public:
  Fingerprint();
  ~Fingerprint();
  Fingerprint(const Fingerprint&) = delete;
  Fingerprint& operator=(const Fingerprint&) = delete;
  void add(BytesView text);
  void add(double number);  // its 64 bits
  std::string hex();        // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vitrine::models
