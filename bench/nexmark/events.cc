#include "bench/nexmark/events.h"

#include <bit>
#include <cstring>
#include <stdexcept>

namespace vitrine {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand");

struct Head {
  std::uint64_t auction, bidder, price;
  std::int64_t at_ms;
};

}  // namespace

// Four numbers at fixed places, then three texts.
void Serde<nexmark::Bid>::encode(const View& bid, Bytes& out) {
  const Head head{bid.auction, bid.bidder, bid.price, millis_of(bid.at)};
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  put_bytes(out, bid.channel);
  put_bytes(out, bid.url);
  put_bytes(out, bid.extra);
}

bool Serde<nexmark::Bid>::decode(BytesView bytes, View& out) {
  if (bytes.size() < sizeof(Head)) return false;
  Head head{};
  std::memcpy(&head, bytes.data(), sizeof head);
  ByteReader in(bytes.substr(sizeof head));
  out = {head.auction, head.bidder, head.price, time_of_millis(head.at_ms), {}, {}, {}};
  out.channel = in.bytes();
  out.url = in.bytes();
  out.extra = in.bytes();
  return in.ok() && in.at_end();
}

nexmark::Bid Serde<nexmark::Bid>::own(const View& view) {
  return {view.auction,
          view.bidder,
          view.price,
          view.at,
          std::string(view.channel),
          std::string(view.url),
          std::string(view.extra)};
}

void Serde<nexmark::Event>::encode(const View& event, Bytes& out) {
  out.push_back(static_cast<char>(event.kind));
  out.append(event.body);
}

bool Serde<nexmark::Event>::decode(BytesView bytes, View& out) {
  if (bytes.empty()) return false;
  out = {static_cast<nexmark::Kind>(bytes[0]), bytes.substr(1)};
  return out.kind == nexmark::Kind::Person || out.kind == nexmark::Kind::Auction ||
         out.kind == nexmark::Kind::Bid;
}

namespace nexmark {
namespace {

template <class T>
View<T> read(const EventView& event, Kind kind, const char* what) {
  View<T> out{};
  if (event.kind != kind || !Serde<T>::decode(event.body, out))
    throw std::runtime_error(std::string("the event is no ") + what);
  return out;
}

}  // namespace

Person person_in(const EventView& event) { return read<Person>(event, Kind::Person, "person"); }
Auction auction_in(const EventView& event) {
  return read<Auction>(event, Kind::Auction, "auction");
}
BidView bid_in(const EventView& event) { return read<Bid>(event, Kind::Bid, "bid"); }

}  // namespace nexmark
}  // namespace vitrine
