#include "gateway/sse.h"

#include <algorithm>

#include "gateway/channel_rules.h"
#include "gateway/presence.h"

namespace vitrine::gateway {

EventStream::EventStream(Core& core, Caller caller, std::vector<ChannelSource> channels,
                         std::vector<std::string> cursors)
    : core_(core),
      caller_(std::move(caller)),
      session_(core.new_id("ses_")),
      channels_(std::move(channels)),
      cursors_(std::move(cursors)) {}

void EventStream::open(net::Connection& connection) {
  connection_ = &connection;
  core_.sockets->add(shared_from_this());
  (void)connection.send(std::make_shared<const std::string>("retry: 1000\n\n"));
  const auto asked = cursors_;
  for (std::size_t i = 0; i < channels_.size(); ++i)
    core_.hub.subscribe(*this, channels_[i], asked[i]);
  sweep(core_.env.clock.now());
}

bool EventStream::push(const Channel& channel, const ChannelFrame& frame) {
  if (connection_ == nullptr || closing_) return false;
  const auto at =
      std::find_if(channels_.begin(), channels_.end(),
                   [&](const ChannelSource& source) { return source.name == channel.name(); });
  auto& cursor = cursors_[static_cast<std::size_t>(at - channels_.begin())];
  std::string before = std::exchange(cursor, channel.cursor(frame.at));
  std::string text = "id: ";
  for (const auto& each : cursors_) text += (&each == cursors_.data() ? "" : ",") + each;
  text += "\ndata: " + *frame.json + "\n\n";
  if (connection_->send(std::make_shared<const std::string>(std::move(text)))) return true;
  cursor = std::move(before);
  return false;
}

void EventStream::drop(std::uint16_t code, std::string_view reason) {
  if (closing_ || connection_ == nullptr) return;
  closing_ = true;
  core_.loop.post([self = shared_from_this(), code, reason = std::string(reason)] {
    if (self->connection_ != nullptr) self->connection_->close(code, reason);
  });
}

void EventStream::on_drained(net::Connection&) { core_.hub.drained(*this); }

void EventStream::on_closed(net::Connection&) {
  connection_ = nullptr;
  closing_ = true;
  core_.hub.remove(*this);
  core_.presence->left(caller_.id, session_);
  core_.sockets->remove(*this);
}

void EventStream::sweep(Time now) {
  if (caller_.expires_at <= now) return drop(4401, "the token is over");
  if (now - beaten_at_ < kBeat && now >= beaten_at_) return;
  beaten_at_ = now;
  for (const auto& channel : channels_) {
    const auto colon = channel.name.find(':');
    if (channel.name.starts_with("show."))
      core_.presence->beat(channel.name.substr(colon + 1), caller_.id, session_);
  }
  // A comment, so that middle boxes and the client's own patience do not end a quiet stream.
  if (connection_ != nullptr)
    (void)connection_->send(std::make_shared<const std::string>(": beat\n\n"));
}

namespace {

std::string_view ticket_cookie(std::string_view cookies) {
  constexpr std::string_view kName = "vt_ticket=";
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    std::string_view cookie = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(kName)) return cookie.substr(kName.size());
  }
  return {};
}

// One cursor for each channel; all empty when they do not fit.
std::vector<std::string> split_cursors(std::string_view text, std::size_t channels) {
  std::vector<std::string> cursors;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    cursors.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (cursors.size() == 1 && cursors.front() == "0") cursors.resize(channels, "0");
  if (cursors.size() != channels) cursors.assign(channels, "");
  return cursors;
}

}  // namespace

namespace handlers {

void events(Core& core, const CallPtr& call) {
  if (!origin_allowed(core, call->request))
    return call->refuse({ProblemType::Permission, "Not from this origin."});
  const auto caller =
      core.tickets.redeem(ticket_cookie(call->request.header("Cookie")), core.env.clock.now());
  if (!caller)
    return call->refuse(
        {ProblemType::Unauthenticated, "A fresh ticket is needed, as cookie vt_ticket."});
  std::vector<ChannelSource> channels;
  for (const auto& [name, value] : call->request.query) {
    if (name != "ch") continue;
    auto source = channel_for(core, *caller, value);
    if (!source) return call->refuse(source.error());
    channels.push_back(std::move(*source));
  }
  if (channels.empty() || channels.size() > Hub::kChannelsMax) {
    return call->refuse(
        {ProblemType::Malformed, "Name 1 to 32 channels.", 0, {{"?ch", "missing"}}});
  }
  std::string_view resume = call->request.header("Last-Event-ID");
  if (const auto* query = call->request.query_value("cursor"); resume.empty() && query != nullptr)
    resume = *query;
  auto cursors = split_cursors(resume, channels.size());
  auto client =
      std::make_shared<EventStream>(core, *caller, std::move(channels), std::move(cursors));
  net::Response head = net::Response::text(200, "text/event-stream", "");
  head.headers.push_back({"Cache-Control", "no-store"});
  head.headers.push_back({"X-Accel-Buffering", "no"});
  auto* connection = call->take_responder()->stream(std::move(head), client);
  if (connection != nullptr) client->open(*connection);
}

}  // namespace handlers
}  // namespace vitrine::gateway
