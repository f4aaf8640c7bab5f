#pragma once
// The shape of identifiers. An id is a prefix that says what it names and a text that says which;
// ids born in a decision take the position of the command that bore them, so a replay bears the
// same.
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::model {

inline constexpr std::string_view kViewerPrefix = "vwr_", kHostPrefix = "hst_",
                                  kModeratorPrefix = "mod_";
inline constexpr std::string_view kShowPrefix = "show_", kShopPrefix = "shop_",
                                  kPollPrefix = "poll_";
inline constexpr std::string_view kReservationPrefix = "rsv_", kOrderPrefix = "ord_",
                                  kCommandPrefix = "cmd_";

std::string id_at(std::string_view prefix, std::uint64_t position);  // "ord_8812"

bool is_id(std::string_view text);        // [A-Za-z0-9_.:-]{1,64}
bool is_sku(std::string_view text);       // the same
bool is_currency(std::string_view text);  // [A-Z]{3}

// By the name in a field's `pattern` option: "id", "sku", "currency". An unknown name matches
// nothing.
bool matches_pattern(std::string_view pattern, std::string_view text);
// The same as a regular expression for people and for JSON Schema.
std::string_view expression_of(std::string_view pattern);

}  // namespace vitrine::model
