#pragma once
// What a primary and its standby say to each other: docs/formats/standby.md. The bytes only; who
// may speak is channel.h's.
//
// Every frame is u32 length, u8 kind, body. A kind has a greatest length, and what is longer is
// refused when its head has come. Nothing is allocated for bytes that have not.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streams/log/shipping.h"
#include "streams/runtime/term.h"

namespace vitrine::standby_wire {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr ByteCount kHeadBytes = 5;

enum class Kind : std::uint8_t {
  Hello = 1,  // standby: who it is and how far it has come
  Welcome,    // primary: follow from there, or from a copy
  Refused,    // either: why not
  Group,      // primary
  Beat,       // primary: where it stands
  Ack,        // standby: what is on its disk
  File,       // primary: a file of the copy begins
  Piece,      // primary: bytes of it
  Seeded,     // primary: that was the copy
  Acks,       // operator, and the answer
};

// The longest body of a kind; nothing for a kind that does not exist.
std::optional<ByteCount> body_max(std::uint8_t kind);

struct Frame {
  Kind kind = Kind::Refused;
  Bytes body;
};

// Head and body, ready to be sent.
Bytes framed(Kind kind, BytesView body);

// Cuts what comes in into frames, wherever it was cut before.
class FrameReader {
 public:
  void feed(BytesView bytes) { held_.append(bytes); }
  // A whole frame, or nothing yet. Invalid: no peer of ours says that; the connection is over.
  Result<std::optional<Frame>> next();
  ByteCount held() const { return held_.size() - at_; }

 private:
  Bytes held_;
  ByteCount at_ = 0;
};

enum class Purpose : std::uint8_t { Follow = 0, Fence = 1 };

struct Hello {
  std::uint32_t version = kVersion;
  Purpose purpose = Purpose::Follow;
  std::string app;
  std::uint64_t log = 0;  // 0: an empty folder
  std::uint64_t self = 0;
  std::uint64_t term = 0;
  Incarnation incarnation;
  Epoch last;  // and its end and time
  Position end;
  Time time{};
};

struct Welcome {
  std::uint32_t version = kVersion;
  bool seed = false;  // a copy comes first
  std::uint64_t log = 0;
  std::uint64_t term = 0;
  std::vector<Term::Begin> begins;
  std::vector<std::string> states;  // "name|key|value" lines
};

struct Refused {
  Code code = Code::Unavailable;
  bool again = false;      // worth another try
  std::uint64_t term = 0;  // of who refuses; 0: it does not say
  std::string why;
};

struct Beat {
  std::uint64_t number = 0;  // of this connection, from 1 on
  Epoch last;  // durable there
  Position held;  // records from here on are needed by somebody
  bool acks_required = false;
};

struct Ack {
  std::uint64_t beat = 0;  // the last one that was heard, and noted
  Epoch last;  // durable here
  Epoch state;
  bool complete = false;  // it has noted that nothing acknowledged is missing
};

struct FileHead {
  std::string path;
  std::uint64_t bytes = 0;
};

struct Acks {
  bool required = false;
  std::string answer;
};

Bytes encode(const Hello& hello);
Bytes encode(const Welcome& welcome);
Bytes encode(const Refused& refused);
Bytes encode(const ShippedGroup& group);
Bytes encode(const Beat& beat);
Bytes encode(const Ack& ack);
Bytes encode(const FileHead& file);
Bytes encode(const Acks& acks);

// Nothing when a body is not one of these.
std::optional<Hello> decode_hello(BytesView body);
std::optional<Welcome> decode_welcome(BytesView body);
std::optional<Refused> decode_refused(BytesView body);
std::optional<ShippedGroup> decode_group(BytesView body);  // copies the bytes, verifies nothing
std::optional<Beat> decode_beat(BytesView body);
std::optional<Ack> decode_ack(BytesView body);
// Only what an engine's folder may hold: "identities", or a plain name in journal/ or state/.
std::optional<FileHead> decode_file(BytesView body);
std::optional<Acks> decode_acks(BytesView body);

}  // namespace vitrine::standby_wire
