#pragma once
// One HTTP request on its way to its answer. Shared by whoever answers it later; answered exactly
// once.
//
// Threads: the loop's only. A call that is dropped unanswered ends as 500 by the server below.
#include <memory>
#include <string>
#include <unordered_set>

#include "gateway/problem.h"
#include "gateway/route.h"
#include "net/server.h"

namespace vitrine::gateway {

class Call {
 public:
  Call(Core& core, net::Request request, std::unique_ptr<net::Responder> responder);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void answer(int status, const google::protobuf::Message& message);
  void answer_json(int status, std::string json);
  void answer_empty(int status);
  void answer_raw(net::Response response);  // pages, files, other media types
  void refuse(const Problem& problem);
  bool answered() const { return responder_ == nullptr; }
  // For upgrades: hands over the responder; the call counts as answered.
  std::unique_ptr<net::Responder> take_responder() { return std::move(responder_); }

  const std::string& parameter(std::string_view name) const;
  template <class M>
  const M& body_as() const {
    return static_cast<const M&>(*body);
  }
  // A query parameter as an integer within [1, 200]; refuses the call and returns 0 when it is
  // none.
  std::size_t limit_or_refuse();

  // Claims this caller's key while the call lives. False when its twin is in flight.
  bool claim_key(std::unordered_set<std::string>& in_flight);

  Core& core;
  net::Request request;
  const Route* route = nullptr;
  std::vector<std::pair<std::string, std::string>> parameters;
  Caller caller;
  bool authenticated = false;
  std::unique_ptr<google::protobuf::Message> body;
  std::string idempotency_key;  // "<caller>|POST|/v1/…|<key>"; empty = none
  std::string body_hash;        // 16 bytes
  std::string trace_id;
  bool replayed = false;  // the answer was given before
  std::vector<net::Header> extra_headers;

 private:
  void send(int status, std::string_view content_type, std::string body_text);
  std::unique_ptr<net::Responder> responder_;
  std::unordered_set<std::string>* claimed_in_ = nullptr;
  std::int64_t started_nanos_;
};

// A "no" and where to say it, for those that may be asked over HTTP or a socket.
using Refuse = std::function<void(const Problem&)>;

}  // namespace vitrine::gateway
