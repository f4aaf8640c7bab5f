// An auction house over lines of text: `ITEM open SECONDS RESERVE`, `ITEM bid PERSON CENTS`.
// What happens to each item is written to `auctions`. docs/tutorial.md builds it step by step.
#include <string>

#include "vitrine/app.h"
#include "vitrine/run.h"
#include "vitrine/text.h"

using namespace vitrine;

struct Auction {
  std::string leader;
  std::int64_t cents = 0, reserve = 0;
  bool open = false;
  auto fields() { return std::tie(leader, cents, reserve, open); }
};

// What is no number throws: the line goes to auction-lines.dlq and leaves no trace in the auction.
std::int64_t number(std::string_view text) { return std::stoll(std::string(text)); }

struct AuctionHouse {
  using Out = Context<std::string, std::string>;
  explicit AuctionHouse(Stores& stores) : auctions(stores.keyed<Auction>("auctions")) {}

  void on_record(std::string_view item, std::string_view line, Out& out) {
    const auto words = split(line, ' ');
    if (words.size() != 4) return out.emit(item, "refused: say open or bid");
    Auction& auction = auctions.upsert(item);
    if (words[1] == "open" && number(words[2]) > 0 && number(words[3]) >= 0) {
      if (auction.open) return out.emit(item, "refused: it is open already");
      auction = {"", 0, number(words[3]), true};
      out.timers().at(out.timestamp() + std::chrono::seconds(number(words[2])), item);
      return out.emit(item, "open");
    }
    const std::int64_t cents = words[1] == "bid" ? number(words[3]) : -1;
    if (!auction.open || cents <= auction.cents) return out.emit(item, "refused: too low or over");
    auction.leader = words[2];
    auction.cents = cents;
    out.emit(item, auction.leader + " leads with " + std::to_string(cents));
  }

  // The timer is part of the log: it fires once, also when the program was dead at that moment.
  void on_timer(std::string_view item, Time, Out& out) {
    Auction& auction = auctions.upsert(item);
    auction.open = false;
    const bool sold = !auction.leader.empty() && auction.cents >= auction.reserve;
    out.emit(item, sold ? "sold to " + auction.leader + " for " + std::to_string(auction.cents)
                        : std::string("not sold"));
  }

  Keyed<Auction> auctions;
};

int main(int argc, char** argv) {
  const Topic<std::string, std::string> lines{"auction-lines"}, events{"auctions"};
  App app{"auction"};
  app.stream(lines)
      .rekey([](std::string_view line) { return split(line, ' ')[0]; })
      .process([](Stores& stores) { return AuctionHouse{stores}; })
      .to(events);
  return run(app, RunOptions::from_args(argc, argv));
}
