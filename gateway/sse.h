#pragma once
// One stream of Server-Sent Events: the same frames as on a socket, for those who cannot have one.
//
// `id:` names a cursor for each of its channels, in the order they were asked for, joined by
// commas: Last-Event-ID goes on from there on all of them. A stream on a show counts as a viewer of
// it while it is open. Threads: the loop's only.
#include <memory>
#include <string>
#include <vector>

#include "gateway/socket.h"

namespace vitrine::gateway {

class EventStream : public Client, public std::enable_shared_from_this<EventStream> {
 public:
  static constexpr Duration kBeat{4'500};
  EventStream(Core& core, Caller caller, std::vector<ChannelSource> channels,
              std::vector<std::string> cursors);
  void open(net::Connection& connection);

  void on_message(net::Connection&, std::string_view) override {}
  void on_drained(net::Connection& connection) override;
  void on_closed(net::Connection& connection) override;
  bool push(const Channel& channel, const ChannelFrame& frame) override;
  void drop(std::uint16_t code, std::string_view reason) override;
  void sweep(Time now) override;
  void end_for_restart() override { drop(1012, "the server restarts"); }

 private:
  Core& core_;
  Caller caller_;
  std::string session_;
  std::vector<ChannelSource> channels_;
  std::vector<std::string> cursors_;  // beside channels_
  net::Connection* connection_ = nullptr;
  bool closing_ = false;
  Time beaten_at_{};
};

}  // namespace vitrine::gateway
