#pragma once
// A real server on a free port with its loop on a thread of its own, and raw sockets to poke at it.
// For net's tests only.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

#include "net/http_client.h"
#include "net/server.h"

namespace vitrine::net {

class TestServer {
 public:
  explicit TestServer(Handler handler, ServerOptions options = {}) {
    auto loop_made = Loop::create();
    REQUIRE(loop_made);
    loop = std::move(*loop_made);
    tls = !options.tls.certificate.empty();
    trusted = options.tls.certificate;
    auto server_made = Server::listen(*loop, std::move(options), std::move(handler));
    REQUIRE_MESSAGE(server_made, (server_made ? "" : server_made.error().message));
    server = std::move(*server_made);
    thread = std::thread([this] { loop->run(); });
  }
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  void stop() {
    if (!thread.joinable()) return;
    on_loop([this] { server.reset(); });
    loop->stop();
    thread.join();
  }
  // Runs on the loop's thread and waits for it.
  template <class F>
  std::invoke_result_t<F> on_loop(F work) {
    std::packaged_task<decltype(work())()> task(work);
    auto done = task.get_future();
    loop->post([&task] { task(); });
    return done.get();
  }
  Endpoint endpoint() const {
    Endpoint e;
    e.port = server->port();
    e.tls = tls;
    e.trusted_pem = trusted;
    return e;
  }
  std::unique_ptr<ClientSocket> raw() const {
    auto socket = ClientSocket::connect(endpoint());
    REQUIRE(socket);
    return std::move(*socket);
  }
  // Sends bytes on a fresh connection and returns everything until the server closes it.
  std::string talk(std::string_view bytes) const {
    const auto socket = raw();
    (void)socket->write(bytes, 5000);
    return read_all(*socket);
  }
  static std::string read_all(ClientSocket& socket) {
    std::string out;
    for (;;) {
      if (auto more = socket.read(out, 5000); !more) {
        CHECK(more.error().code == Code::Unavailable);  // closed, not a timeout
        return out;
      }
    }
  }

  std::unique_ptr<Loop> loop;
  std::unique_ptr<Server> server;
  std::thread thread;
  bool tls = false;
  std::string trusted;
};

// Records what a connection tells its owner; answers messages with their echo.
class EchoOwner : public ConnectionEvents {
 public:
  void on_message(Connection& connection, std::string_view text) override {
    messages.fetch_add(1);
    connection.send(ws_text_frame(text));
  }
  void on_drained(Connection&) override { note(drained); }
  void on_closed(Connection&) override { note(closed); }
  bool wait_for(const int& counter, int at_least) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10), [&] { return counter >= at_least; });
  }
  std::atomic<int> messages{0};
  int drained = 0;  // guarded by mutex
  int closed = 0;   // guarded by mutex

 private:
  void note(int& counter) {
    const std::lock_guard lock(mutex);
    ++counter;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
};

}  // namespace vitrine::net
