#include "gateway/tokens.h"

#include <simdjson.h>
#include <sodium.h>
#include <sys/stat.h>

#include <array>

#include "gateway/json_text.h"

namespace vitrine::gateway {
namespace {

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kAudience = "vitrine";
constexpr std::size_t kKeyBytes = crypto_auth_hmacsha256_KEYBYTES;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void make_sodium_ready() {
  static const int ready = sodium_init();
  VT_CHECK(ready >= 0);
}

bool is_our_header(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view algorithm;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return false;
  return root["alg"].get(algorithm) == simdjson::SUCCESS && algorithm == "HS256";
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::Viewer:
      return "viewer";
    case Role::Moderator:
      return "moderator";
    case Role::Host:
      return "host";
  }
  return "";
}

std::optional<Role> role_named(std::string_view name) {
  for (const Role role : {Role::Viewer, Role::Moderator, Role::Host}) {
    if (name_of(role) == name) return role;
  }
  return std::nullopt;
}

std::string secret_hex(std::size_t bytes) {
  make_sodium_ready();
  std::string out(bytes, '\0');
  randombytes_buf(out.data(), out.size());
  return to_hex(out);
}

std::string secret_letters(std::size_t bytes) {
  make_sodium_ready();
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  std::string out;
  for (const char c : random) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(static_cast<char>('a' + (byte >> 4U)));
    out.push_back(static_cast<char>('a' + (byte & 0xfU)));
  }
  return out;
}

std::string short_hash(std::string_view data) {
  make_sodium_ready();
  std::string out(16, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(), raw(data),
                     data.size(), nullptr, 0);
  return out;
}

std::string base64url(std::string_view data) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_ENCODED_LEN(data.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), raw(data), data.size(), kVariant);
  out.pop_back();  // the terminating zero
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out(text.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &length, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  out.resize(length);
  return out;
}

Result<Tokens> Tokens::open(Env& env, const std::string& data_folder) {
  make_sodium_ready();
  VT_TRY_VOID(env.disk.make_folder(data_folder));
  const std::string path = data_folder + "/token.key";
  if (!env.disk.exists(path)) {
    std::string key(kKeyBytes, '\0');
    randombytes_buf(key.data(), key.size());
    const std::string fresh = path + ".new";
    if (env.disk.exists(fresh)) VT_TRY_VOID(env.disk.remove(fresh));
    VT_TRY(auto file, env.disk.open(fresh, OpenMode::CreateNew));
    if (::chmod(fresh.c_str(), S_IRUSR | S_IWUSR) != 0) {
      return fail(Code::Io, "protect " + fresh +
                                ": its mode cannot be set to 0600; check who owns the data folder");
    }
    VT_TRY_VOID(file->write_at(0, key));
    VT_TRY_VOID(file->sync());
    VT_TRY_VOID(env.disk.rename(fresh, path));
    VT_TRY_VOID(env.disk.sync_folder(data_folder));
  }
  VT_TRY(auto file, env.disk.open(path, OpenMode::ReadOnly));
  VT_TRY(auto key, file->read_at(0, kKeyBytes + 1));
  if (key.size() != kKeyBytes) {
    return fail(
        Code::Corrupt,
        "read " + path + ": it is not 32 bytes; delete it to draw a new key (all tokens end)");
  }
  return Tokens(std::move(key));
}

std::string Tokens::mac(std::string_view signed_part) const {
  std::string out(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256(reinterpret_cast<unsigned char*>(out.data()), raw(signed_part),
                         signed_part.size(), raw(key_));
  return out;
}

std::string Tokens::issue(const Caller& caller) const {
  const std::string payload = JsonObject{}
                                  .text("sub", caller.id)
                                  .text("role", name_of(caller.role))
                                  .text("aud", kAudience)
                                  .number("exp", millis_of(caller.expires_at) / 1000)
                                  .text("nick", caller.nickname)
                                  .str();
  const std::string signed_part = base64url(kHeader) + "." + base64url(payload);
  return signed_part + "." + base64url(mac(signed_part));
}

std::optional<Caller> Tokens::check(std::string_view token, Time now) const {
  if (token.size() > 4096) return std::nullopt;
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const std::string_view signed_part = token.substr(0, last);
  const auto header = from_base64url(token.substr(0, first));
  const auto payload = from_base64url(token.substr(first + 1, last - first - 1));
  const auto given = from_base64url(token.substr(last + 1));
  const std::string expected = mac(signed_part);
  if (!header || !payload || !given || given->size() != expected.size()) return std::nullopt;
  if (sodium_memcmp(given->data(), expected.data(), expected.size()) != 0) return std::nullopt;
  if (!is_our_header(*header)) return std::nullopt;

  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view sub, role, audience, nickname;
  std::int64_t expires_s = 0;
  if (parser.parse(*payload).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (root["sub"].get(sub) != simdjson::SUCCESS || root["role"].get(role) != simdjson::SUCCESS ||
      root["aud"].get(audience) != simdjson::SUCCESS ||
      root["exp"].get(expires_s) != simdjson::SUCCESS ||
      root["nick"].get(nickname) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  const auto known_role = role_named(role);
  if (audience != kAudience || !known_role || expires_s * 1000 <= millis_of(now))
    return std::nullopt;
  return Caller{std::string(sub), *known_role, std::string(nickname),
                time_of_millis(expires_s * 1000)};
}

std::string Tickets::issue(Env& env, Caller caller) {
  const Time now = env.clock.now();
  if (open_.size() >= kTicketsMax) {
    std::erase_if(open_, [&](const auto& entry) { return entry.second.until <= now; });
    if (open_.size() >= kTicketsMax) open_.clear();
  }
  std::string ticket = secret_hex(20);
  open_.emplace(ticket, Open{std::move(caller), now + kLife});
  return ticket;
}

std::optional<Caller> Tickets::redeem(std::string_view ticket, Time now) {
  const auto found = open_.find(std::string(ticket));
  if (found == open_.end()) return std::nullopt;
  Open open = std::move(found->second);
  open_.erase(found);
  if (open.until <= now || open.caller.expires_at <= now) return std::nullopt;
  return open.caller;
}

}  // namespace vitrine::gateway
