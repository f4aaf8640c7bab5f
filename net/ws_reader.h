#pragma once
// The reading half of a server's WebSocket, without sockets: bytes in; whole texts and replies out.
//
// Everything RFC 6455 asks of a receiver is checked here: masks, reserved bits, opcodes, fragments,
// control frames, UTF-8, close codes, the length of a message. A breach makes a close reply and
// ends reading: what follows is ignored. Binary messages are answered with 1003. Memory: the
// library's 8 KiB state exists only between the halves of a frame or message, so that an idle
// connection costs a few words.
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct wslay_event_context;

namespace vitrine::net {

class WsReader {
 public:
  explicit WsReader(ByteCount message_bytes_max) : message_bytes_max_(message_bytes_max) {}
  ~WsReader();
  WsReader(const WsReader&) = delete;
  WsReader& operator=(const WsReader&) = delete;

  using OnText = std::function<void(std::string_view)>;
  // Appends pongs to `replies`, and at most one close frame, which is its last.
  void feed(BytesView data, const OnText& on_text, Bytes& replies);

  bool open() const { return open_; }  // false after a close frame or a breach
  bool idle() const { return context_ == nullptr; }

 private:
  friend struct WsReaderCallbacks;
  void take_close(bool failed);
  ByteCount message_bytes_max_;
  wslay_event_context* context_ = nullptr;
  BytesView input_;
  const OnText* on_text_ = nullptr;
  Bytes* replies_ = nullptr;
  Bytes library_output_;
  std::uint64_t fed_bytes_ = 0;     // since the context was made
  std::uint64_t framed_bytes_ = 0;  // of them in complete frames
  std::uint64_t frame_bytes_ = 0;   // the frame being read, head and payload
  bool in_message_ = false;         // a fragmented message is not complete
  bool frame_is_data_ = false;
  bool frame_is_final_ = false;
  bool open_ = true;
};

}  // namespace vitrine::net
