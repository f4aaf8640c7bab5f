#pragma once
// Who somebody is: signed tokens (JWT, HS256 and nothing else) and one-use tickets for sockets.
//
// The signing key lives in <data>/token.key (mode 0600) and is drawn at the first start; deleting
// it voids every token. Threads: the loop's only.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/env.h"

namespace vitrine::gateway {

enum class Role { Viewer, Moderator, Host };
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

struct Caller {
  std::string id;  // vwr_…, mod_… or hst_…
  Role role = Role::Viewer;
  std::string nickname;
  Time expires_at{};
};

class Tokens {
 public:
  static Result<Tokens> open(Env& env, const std::string& data_folder);
  explicit Tokens(std::string key) : key_(std::move(key)) {}

  std::string issue(const Caller& caller) const;
  // Nothing when the signature, algorithm, audience, form or time is wrong: the caller learns no
  // more than that.
  std::optional<Caller> check(std::string_view token, Time now) const;

 private:
  std::string mac(std::string_view signed_part) const;
  std::string key_;  // 32 bytes
};

// One use, 30 s. At most kTicketsMax are open at once; the oldest are dropped then.
class Tickets {
 public:
  static constexpr Duration kLife{30'000};
  static constexpr std::size_t kTicketsMax = 50'000;
  std::string issue(Env& env, Caller caller);
  std::optional<Caller> redeem(std::string_view ticket, Time now);

 private:
  struct Open {
    Caller caller;
    Time until;
  };
  std::unordered_map<std::string, Open> open_;
};

// `bytes` random bytes as lower-case hex, from the system's generator: for secrets and ids that
// must not be guessed.
std::string secret_hex(std::size_t bytes);
// The same as letters, two a byte, for what people send back in a text of their own: sixteen
// digits in a row may look like a card number, and are refused then.
std::string secret_letters(std::size_t bytes);
// The first 16 bytes of BLAKE2b.
std::string short_hash(std::string_view data);
std::string base64url(std::string_view data);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace vitrine::gateway
