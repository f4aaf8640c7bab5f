#include "net/ws_reader.h"

#include <algorithm>
#include <cstring>

#include <wslay/wslay.h>

#include "base/result.h"
#include "net/ws_frame.h"

namespace vitrine::net {

struct WsReaderCallbacks {
  static WsReader& self(void* user) { return *static_cast<WsReader*>(user); }

  static ssize_t recv(wslay_event_context_ptr context, std::uint8_t* buffer, std::size_t size,
                      int /*flags*/, void* user) {
    WsReader& reader = self(user);
    if (reader.input_.empty()) {
      wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    const std::size_t n = std::min(size, reader.input_.size());
    std::memcpy(buffer, reader.input_.data(), n);
    reader.input_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }

  static ssize_t send(wslay_event_context_ptr /*context*/, const std::uint8_t* data,
                      std::size_t size, int /*flags*/, void* user) {
    self(user).library_output_.append(reinterpret_cast<const char*>(data), size);
    return static_cast<ssize_t>(size);
  }

  static void frame_start(wslay_event_context_ptr context,
                          const wslay_event_on_frame_recv_start_arg* frame, void* user) {
    WsReader& reader = self(user);
    const std::uint64_t size = frame->payload_length;
    const std::uint64_t head = 6U + (size < 126 ? 0U : size <= 0xffff ? 2U : 8U);
    reader.frame_bytes_ = head + size;
    reader.frame_is_data_ = !wslay_is_ctrl_frame(frame->opcode);
    reader.frame_is_final_ = frame->fin != 0;
    // Two things the library lets pass: binary messages, and a close code of one byte.
    const bool half_code = frame->opcode == WSLAY_CONNECTION_CLOSE && size == 1;
    if (frame->opcode != WSLAY_BINARY_FRAME && !half_code) return;
    wslay_event_queue_close(context,
                            half_code ? WSLAY_CODE_PROTOCOL_ERROR : WSLAY_CODE_UNSUPPORTED_DATA,
                            nullptr, 0);
    wslay_event_shutdown_read(context);
  }

  static void frame_end(wslay_event_context_ptr /*context*/, void* user) {
    WsReader& reader = self(user);
    reader.framed_bytes_ += reader.frame_bytes_;
    if (reader.frame_is_data_) reader.in_message_ = !reader.frame_is_final_;
  }

  static void message(wslay_event_context_ptr /*context*/,
                      const wslay_event_on_msg_recv_arg* message, void* user) {
    const std::string_view payload{reinterpret_cast<const char*>(message->msg),
                                   message->msg_length};
    if (message->opcode == WSLAY_TEXT_FRAME) (*self(user).on_text_)(payload);
    if (message->opcode == WSLAY_PING) {
      self(user).replies_->append(ws_frame(WsOpcode::Pong, payload));
    }
  }
};

WsReader::~WsReader() {
  if (context_ != nullptr) wslay_event_context_free(context_);
}

// The close frame among what the library wants to send. Its pongs are ours already: it drops them
// when a close follows at once, and then a client misses an answer it is owed.
void WsReader::take_close(bool failed) {
  BytesView output = library_output_;
  while (output.size() >= 2) {
    const std::size_t size = 2U + (static_cast<unsigned char>(output[1]) & 0x7fU);
    const bool is_close = (output[0] & 0x0f) == WSLAY_CONNECTION_CLOSE;
    // A broken frame head makes the library close without a code.
    if (is_close && failed) {
      replies_->append(ws_frame(WsOpcode::Close, ws_close_payload(1002, "")));
    } else if (is_close) {
      replies_->append(output.substr(0, size));
    }
    output.remove_prefix(std::min(size, output.size()));
  }
  library_output_.clear();
}

void WsReader::feed(BytesView data, const OnText& on_text, Bytes& replies) {
  if (!open_) return;
  if (context_ == nullptr) {
    static constexpr wslay_event_callbacks kCallbacks = {
        WsReaderCallbacks::recv, WsReaderCallbacks::send, nullptr, WsReaderCallbacks::frame_start,
        nullptr, WsReaderCallbacks::frame_end, WsReaderCallbacks::message};
    VT_CHECK(wslay_event_context_server_init(&context_, &kCallbacks, this) == 0);
    wslay_event_config_set_max_recv_msg_length(context_, message_bytes_max_);
    fed_bytes_ = framed_bytes_ = 0;
  }
  input_ = data;
  on_text_ = &on_text;
  replies_ = &replies;
  fed_bytes_ += data.size();
  const bool failed = wslay_event_recv(context_) != 0;
  if (wslay_event_want_write(context_) != 0) wslay_event_send(context_);
  take_close(failed);
  if (failed || wslay_event_get_close_received(context_) != 0 ||
      wslay_event_get_read_enabled(context_) == 0) {
    open_ = false;
  }
  if (!open_ || (framed_bytes_ == fed_bytes_ && !in_message_)) {
    wslay_event_context_free(context_);
    context_ = nullptr;
  }
}

}  // namespace vitrine::net
