#pragma once
// One-time codes: the host link of the first start and moderators' links. Kept in <data>/codes as
// hashes, so that a code that was used stays used, also after a restart, and the file tells nobody
// a code.
//
// Durability: issue() and redeem() return after the file is on disk. Bound: kCodesMax open codes.
#include <optional>
#include <string>
#include <vector>

#include "gateway/tokens.h"

namespace vitrine::gateway {

class Codes {
 public:
  static constexpr std::size_t kCodesMax = 1000;
  static Result<Codes> open(Env& env, const std::string& data_folder);

  bool fresh() const { return codes_.empty(); }  // no code was ever made: the first start
  bool has_open(Role role, Time now) const;
  Result<std::string> issue(Role role, std::string nickname, Time expires_at);
  // Whose code it was; nothing when unknown, used, expired or for another role.
  Result<std::optional<Caller>> redeem(std::string_view code, Role role, Time now);

 private:
  struct Link {
    std::string hash_hex;
    Role role = Role::Viewer;
    bool used = false;
    Time expires_at{};
    std::string nickname;
  };
  Codes(Env& env, std::string folder) : env_(&env), folder_(std::move(folder)) {}
  Result<void> load();
  Result<void> save() const;

  Env* env_;
  std::string folder_;
  std::vector<Link> codes_;
};

}  // namespace vitrine::gateway
