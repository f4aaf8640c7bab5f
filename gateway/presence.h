#pragma once
// Heartbeats into viewer.activity: at most one a session and show every 4 s, one Left when a
// session ends. Who stops beating is forgotten by the KPI topology after 15 s, so that a killed
// server leaves no ghosts.
#include <string>
#include <unordered_map>

#include "gateway/core.h"

namespace vitrine::gateway {

class Presence {
 public:
  static constexpr Duration kEvery{4'000};
  explicit Presence(Core& core) : core_(core) {}
  void beat(const std::string& show, const std::string& viewer, const std::string& session);
  void left(const std::string& viewer, const std::string& session);

 private:
  void append(const std::string& show, const std::string& viewer, const std::string& session,
              bool left);
  Core& core_;
  std::unordered_map<std::string, std::unordered_map<std::string, Time>>
      last_;  // session -> show -> last beat
};

}  // namespace vitrine::gateway
