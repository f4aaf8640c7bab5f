#include "gateway/codes.h"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::gateway {
namespace {

constexpr ByteCount kFileBytesMax = 4U << 20U;

std::string hash_of(std::string_view code) {
  return to_hex(short_hash("code|" + std::string(code)));
}

}  // namespace

Result<Codes> Codes::open(Env& env, const std::string& data_folder) {
  VT_TRY_VOID(env.disk.make_folder(data_folder));
  Codes codes(env, data_folder);
  VT_TRY_VOID(codes.load());
  return codes;
}

Result<void> Codes::load() {
  const std::string path = folder_ + "/codes";
  if (!env_->disk.exists(path)) return {};
  VT_TRY(auto file, env_->disk.open(path, OpenMode::ReadOnly));
  VT_TRY(auto data, file->read_at(0, kFileBytesMax));
  ByteReader in(data);
  while (in.ok() && !in.at_end()) {
    Link code;
    code.hash_hex = in.bytes();
    const auto role = role_named(in.bytes());
    code.used = in.u8() != 0;
    code.expires_at = time_of_millis(in.signed_varint());
    code.nickname = in.bytes();
    if (!in.ok() || !role)
      return fail(Code::Corrupt, "read " + path + ": it is damaged; delete it to void all links");
    code.role = *role;
    codes_.push_back(std::move(code));
  }
  return {};
}

Result<void> Codes::save() const {
  Bytes data;
  for (const auto& code : codes_) {
    put_bytes(data, code.hash_hex);
    put_bytes(data, name_of(code.role));
    put_u8(data, code.used ? 1 : 0);
    put_signed(data, millis_of(code.expires_at));
    put_bytes(data, code.nickname);
  }
  const std::string path = folder_ + "/codes";
  const std::string fresh = path + ".new";
  if (env_->disk.exists(fresh)) VT_TRY_VOID(env_->disk.remove(fresh));
  VT_TRY(auto file, env_->disk.open(fresh, OpenMode::CreateNew));
  VT_TRY_VOID(file->write_at(0, data));
  VT_TRY_VOID(file->sync());
  VT_TRY_VOID(env_->disk.rename(fresh, path));
  return env_->disk.sync_folder(folder_);
}

bool Codes::has_open(Role role, Time now) const {
  return std::any_of(codes_.begin(), codes_.end(), [&](const Link& code) {
    return code.role == role && !code.used && code.expires_at > now;
  });
}

Result<std::string> Codes::issue(Role role, std::string nickname, Time expires_at) {
  if (codes_.size() >= kCodesMax) {
    const Time now = env_->clock.now();
    // The first one stays: it says that this is not the first start.
    codes_.erase(
        std::remove_if(codes_.begin() + 1, codes_.end(),
                       [&](const Link& code) { return code.used || code.expires_at <= now; }),
        codes_.end());
    if (codes_.size() >= kCodesMax)
      return fail(Code::Overloaded, "too many open links; wait until some are used or expire");
  }
  std::string code = secret_letters(16);
  codes_.push_back({hash_of(code), role, false, expires_at, std::move(nickname)});
  if (auto saved = save(); !saved) {
    codes_.pop_back();
    return tl::unexpected<Error>(saved.error());
  }
  return code;
}

Result<std::optional<Caller>> Codes::redeem(std::string_view code, Role role, Time now) {
  const std::string hash = hash_of(code);
  for (auto& known : codes_) {
    if (known.hash_hex != hash || known.role != role || known.used || known.expires_at <= now)
      continue;
    known.used = true;
    if (auto saved = save(); !saved) {
      known.used = false;
      return tl::unexpected<Error>(saved.error());
    }
    const std::string_view prefix = role == Role::Host ? "hst_" : "mod_";
    return Caller{std::string(prefix) + secret_hex(10), role, known.nickname, {}};
  }
  return std::optional<Caller>{};
}

}  // namespace vitrine::gateway
