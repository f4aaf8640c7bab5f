// The primary's side: a listener, a session for each connection, a port for each log.
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <thread>

#include "base/log.h"
#include "streams/standby/asking.h"
#include "streams/standby/session.h"

namespace vitrine {
namespace {

class Server final : public StandbyServer {
 public:
  Server(Env& env, StandbyServerOptions options, LinkKey key, Listener listener,
         std::vector<std::shared_ptr<LogPort>> ports)
      : options_(std::move(options)),
        key_(key),
        listener_(std::move(listener)),
        house_{env,
               options_.patience,
               std::move(ports),
               [this] { wake_all(); },
               [this] { return stopping_.load(); },
               [this](const std::string& why) { fenced(why); }} {
    for (const auto& port : house_.ports) port->engine().journal().set_gate(port);
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "vt-link");
      while (const auto socket = listener_.accept(wake_)) begin(*socket);
    });
    asker_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "vt-link-fence");
      ask_former_primaries();
    });
  }

  ~Server() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    for (const auto& port : house_.ports) port->close();
    wake_.set();
    thread_.join();
    asker_.join();
    wake_all();
    {
      const std::lock_guard lock(mutex_);
      for (Guest& guest : guests_) {
        if (guest.channel != nullptr) guest.channel->cut();
      }
    }
    for (Guest& guest : guests_) guest.thread.join();
  }

  std::uint16_t port() const override { return listener_.port(); }

  bool wait(Duration patience) override {
    const auto until = std::chrono::steady_clock::now() + patience;
    return std::all_of(house_.ports.begin(), house_.ports.end(), [&](const auto& port) {
      const auto left = until - std::chrono::steady_clock::now();
      return port->wait(std::max(Duration{0}, std::chrono::duration_cast<Duration>(left)));
    });
  }

  void require_acks(bool required) override {
    for (const auto& port : house_.ports) port->require_acks(required);
  }

  std::vector<Log> logs() const override {
    std::vector<Log> out;
    for (const auto& port : house_.ports) out.push_back(port->told());
    return out;
  }

 private:
  struct Guest {
    Wake wake;
    Channel* channel = nullptr;
    std::atomic<bool> gone{false};
    std::thread thread;
  };
  static constexpr std::size_t kGuestsMax = 16;

  // Whoever has not shown that it has the key costs one thread, for `patience` at most.
  void begin(int socket) {
    const std::lock_guard lock(mutex_);
    for (auto at = guests_.begin(); at != guests_.end();) {
      if (!at->gone) {
        ++at;
        continue;
      }
      at->thread.join();
      at = guests_.erase(at);
    }
    if (guests_.size() >= kGuestsMax) {
      ::close(socket);
      return;
    }
    Guest& guest = guests_.emplace_back();
    guest.thread = std::thread([this, &guest, socket] {
      pthread_setname_np(pthread_self(), "vt-link-session");
      receive(guest, socket);
      guest.gone = true;
    });
  }

  void receive(Guest& guest, int socket) {
    const auto channel = Channel::open(socket, Channel::Side::Server, key_, options_.patience);
    if (!channel) {
      log(LogLevel::Warn, "standby_refused", {{"why", channel.error().message}});
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      guest.channel = channel->get();
    }
    const auto ended = Session(house_, **channel, guest.wake).run();
    if (!ended && !stopping_) {
      log(LogLevel::Warn, "standby_disconnected", {{"why", ended.error().message}});
    }
    const std::lock_guard lock(mutex_);
    guest.channel = nullptr;
  }

  // Whom we took over from may not know, and serve when it comes back: until it says that it has
  // stopped it is asked to. It may as well have taken over from us meanwhile: then we stop.
  void ask_former_primaries() {
    constexpr Duration kPause{2'000}, kAnswer{2'000};
    std::vector<std::shared_ptr<LogPort>> left = house_.ports;
    std::erase_if(left, [](const auto& port) { return port->term().primary.empty(); });
    std::unique_lock lock(mutex_);
    while (!stopping_ && !left.empty()) {
      lock.unlock();
      std::erase_if(left, [&](const auto& port) {
        const Term term = port->term();
        std::string host;
        std::uint16_t at = 0;
        if (!split_address(term.primary, host, at)) return true;
        const auto answer = ask_to_stop(term, port->app(), host, at, key_, kAnswer);
        if (!answer || answer->code == Code::NotFound || answer->term < term.term) return false;
        if (answer->term == term.term) {
          log(LogLevel::Info, "former_primary_fenced",
              {{"app", port->app()}, {"at", term.primary}});
          return true;
        }
        port->fence(answer->term);
        fenced(port->app() + " was taken over in term " + std::to_string(answer->term) +
               "; this primary is of term " + std::to_string(term.term));
        return true;
      });
      lock.lock();
      stopped_.wait_for(lock, kPause, [&] { return stopping_.load(); });
    }
  }

  void wake_all() {
    const std::lock_guard lock(mutex_);
    for (const Guest& guest : guests_) {
      if (!guest.gone) guest.wake.set();
    }
  }

  void fenced(const std::string& why) {
    if (told_fenced_.exchange(true)) return;
    if (options_.on_fenced) options_.on_fenced(why);
  }

  const StandbyServerOptions options_;
  const LinkKey key_;
  const Listener listener_;
  const Wake wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> told_fenced_{false};
  std::mutex mutex_;  // guards guests_ and the channels in them
  std::list<Guest> guests_;
  std::condition_variable stopped_;
  LinkHouse house_;
  std::thread thread_;
  std::thread asker_;
};

}  // namespace

Result<std::unique_ptr<StandbyServer>> StandbyServer::open(Env& env, std::vector<Engine*> engines,
                                                           StandbyServerOptions options) {
  VT_TRY(const LinkKey key, LinkKey::read(options.key_file));
  std::vector<std::shared_ptr<LogPort>> ports;
  for (Engine* engine : engines) {
    auto* const embedded = dynamic_cast<EmbeddedEngine*>(engine);
    if (embedded == nullptr)
      return fail(Code::Unsupported, "serve a standby: this engine has no log of its own");
    VT_TRY(auto port, LogPort::open(env, *embedded, options.acks_required, options.patience));
    ports.push_back(std::move(port));
  }
  VT_TRY(auto listener, Listener::open(options.bind, options.port));
  return std::make_unique<Server>(env, std::move(options), key, std::move(listener),
                                  std::move(ports));
}

}  // namespace vitrine
