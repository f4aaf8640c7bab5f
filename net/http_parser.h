#pragma once
// One HTTP/1.1 request from bytes, without sockets: the same code serves, is tested and is fuzzed.
//
// feed() takes a prefix of what it is given; the rest is given again with more behind it. The
// result is done(), or failed() with the refusal to answer. Trailers of a chunked body are read and
// ignored: a header that arrives after the checks must not count. Bounds: Limits' head, URI and
// body bytes; never more than one head or chunk line is left unconsumed.
#include <memory>

#include "net/server.h"
#include "net/text.h"

namespace vitrine::net {

class HttpParser {
 public:
  explicit HttpParser(const Limits& limits);
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  std::size_t feed(BytesView data);  // bytes consumed

  bool done() const { return state_ == State::Done; }
  bool failed() const { return state_ == State::Failed; }
  const Refusal& refusal() const { return refusal_; }

  // True once after a head that asked for 100 Continue and whose body has not come yet.
  bool take_continue();
  bool keep_alive() const { return keep_alive_; }
  Request take() { return std::move(request_); }  // when done()

 private:
  enum class State { Head, Body, Done, Failed };
  struct Impl;
  bool check_line(BytesView data);
  void check_head();
  void refuse(const Refusal& refusal);

  const Limits& limits_;
  std::unique_ptr<Impl> impl_;
  State state_ = State::Head;
  Refusal refusal_;
  Request request_;
  bool line_checked_ = false;
  bool wants_continue_ = false;
  bool keep_alive_ = false;
};

}  // namespace vitrine::net
