#pragma once
// A standby: another process, best on another machine, with the same log, that can take over.
//
//   // The primary: after its engines are open, before they start.
//   auto server = StandbyServer::open(env, {engine.get()}, {.port = 7600, .key_file = "link.key"});
//   (*server)->wait(30s);  // what recovery found must be at the standby before it is shown
//   engine->start();
//
//   // The standby: the same App, a folder of its own.
//   auto standby = Standby::open(env, {{topology, {.folder = "./standby/shop"}}},
//                                {.host = "10.0.0.1", .port = 7600, .key_file = "link.key"});
//
//   // When the primary is gone: stop the standby, then
//   promote(real_env(), "./standby/shop");    // and open an Engine there
//
// With acks required (the default) a commit is shown to nobody (append's `done`, fetch, on_commit,
// upstream reads, state_get) before the standby has it on its disk: what is promoted lacks nothing
// that anybody saw, and cursors stay valid. A primary whose standby is away acknowledges nothing
// until it is back, or until somebody says require_acks(false). Without, it never waits, and a
// promotion may lose what the standby had not yet.
//
// Who takes over is decided by a person or a program outside: nobody is elected. A promotion begins
// a new term; an engine's folder of an earlier one is refused or fenced when it meets a later one.
// docs/operations/standby.md tells what is promised and what is not.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vitrine/engine.h"

namespace vitrine {

struct StandbyServerOptions {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  // 0 picks a free one
  // A secret that both sides have: a file of 16 bytes at least, that only its owner may read.
  std::string key_file;
  bool acks_required = true;
  Duration patience{10'000};  // a peer that is silent for so long is gone
  // A standby took over: nothing is acknowledged from now on; end the process. On a thread of ours.
  std::function<void(const std::string& why)> on_fenced;
};

// The primary's side. Threads: its own ("vt-link…"); everything here may be called from any.
class StandbyServer {
 public:
  // The engines are open and not started. An engine that reads others stands behind those. They
  // must outlive the server, and be stopped before it goes.
  static Result<std::unique_ptr<StandbyServer>> open(Env& env, std::vector<Engine*> engines,
                                                     StandbyServerOptions options);
  virtual ~StandbyServer() = default;

  virtual std::uint16_t port() const = 0;
  // True when the engines may be started: acks are not required, or a standby has everything that
  // was recovered.
  virtual bool wait(Duration patience) = 0;
  virtual void require_acks(bool required) = 0;

  struct Log {
    std::string app;
    bool connected = false;
    bool acks_required = false;
    bool fenced = false;
    std::uint64_t term = 0;
    Epoch committed;     // here, and shown
    Epoch acknowledged;  // there
    Epoch state;         // as far as the state there is
  };
  virtual std::vector<Log> logs() const = 0;
};

struct StandbyLog {
  std::shared_ptr<const Topology> topology;
  EngineOptions options;  // folder, journal, caches, keep; not shards, upstreams
};

struct StandbyOptions {
  std::string host;
  std::uint16_t port = 0;
  std::string key_file;
  // Where what is here is of no use to the primary (too old, or another history): remove it and
  // begin with a copy of all. Otherwise that ends the standby, and says so.
  bool reseed = false;
  Duration patience{10'000};
  Duration retry{500};  // between two connections
};

// The standby's side: a folder, a journal and a state for each log, and a thread ("vt-standby")
// that follows. An empty folder is filled with a copy first.
class Standby {
 public:
  static Result<std::unique_ptr<Standby>> open(Env& env, std::vector<StandbyLog> logs,
                                               StandbyOptions options);
  virtual ~Standby() = default;  // stops

  // Writes the state, so that whoever is promoted starts at once.
  virtual void stop() = 0;

  struct Log {
    std::string app;
    bool connected = false;
    bool complete = false;  // nothing that was acknowledged is missing here
    std::uint64_t term = 0;
    Epoch committed;  // here
    Epoch heard;      // at the primary, as last heard
    Epoch state;
    std::string trouble;  // why it is not connected; or why it has ended
    bool ended = false;   // for good: somebody has to do something
  };
  virtual std::vector<Log> logs() const = 0;
};

struct Promotion {
  std::uint64_t term = 0;
  Epoch last;   // the last group
  Epoch heard;  // that the primary had, as last heard
  bool complete = false;         // nothing that was acknowledged is missing
  bool new_incarnation = false;  // cursors are void
  std::string primary;           // where it was
};

// Makes a stopped standby's folder a primary's, in the next term; on a primary's it does nothing.
// Where something may be missing, or `new_incarnation` says so, cursors are void from then on.
Result<Promotion> promote(Env& env, const std::string& folder, bool new_incarnation = false);

// Asks whoever serves there in an earlier term than this promoted folder's to stop. Unavailable:
// nobody answers, which may mean that it is gone, or cut off.
Result<void> fence(Env& env, const std::string& folder, const std::string& app,
                   const StandbyOptions& at);

// Tells a running primary whether to wait for its standby; what it answers is for a person.
Result<std::string> say_acks(bool required, const StandbyOptions& at);

}  // namespace vitrine
