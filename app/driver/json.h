#pragma once
// Just enough JSON for a client: reading single values by pointer, writing quoted text.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::driver {

// The value at an RFC 6901 pointer ("/items/0/id"); empty or 0 when it is absent or of another
// type.
std::string json_text(std::string_view json, const std::string& pointer);
std::int64_t json_number(std::string_view json, const std::string& pointer);
// The elements of the array at `pointer`, each as JSON; strings without their quotes.
std::vector<std::string> json_items(std::string_view json, const std::string& pointer);

std::string json_quoted(std::string_view text);  // UTF-8 in, a JSON string out

}  // namespace vitrine::driver
