#pragma once
// The built web pages, and product pictures drawn on demand. Every page carries a strict content
// security policy.
#include <optional>
#include <string>

#include "gateway/call.h"
#include "net/static_files.h"

namespace vitrine::gateway {

class Pages {
 public:
  static Result<Pages> open(const std::string& folder);  // empty = an API without pages
  // "/", "/host", "/topology", "/assets/…" and the folder's other files.
  void page(const CallPtr& call);
  void tile(const CallPtr& call);  // "/tiles/{sku}.svg"

 private:
  std::optional<net::StaticFiles> files_;
};

}  // namespace vitrine::gateway
