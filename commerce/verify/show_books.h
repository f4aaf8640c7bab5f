#pragma once
// The books of all shows: votes, the chat's order, and what the figures are made of.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/shop.pb.h"
#include "commerce/model/proto/show.pb.h"
#include "commerce/verify/findings.h"

namespace vitrine::verify {

class PollBooks {
 public:
  explicit PollBooks(Findings& findings) : findings_(findings) {}
  void add(const Place& place, const ShowEvent& event);
  std::uint64_t votes() const { return votes_; }

 private:
  struct Count {
    std::vector<std::int64_t> votes;
    std::set<std::string> voters;
    bool is_open = true;
  };
  void check(const Place& place, const Poll& poll, const Count& count);
  void vote(const Place& place, const std::string& actor, const VoteCounted& event);
  Findings& findings_;
  std::map<std::string, Count> polls_;  // by "show|poll"
  std::uint64_t votes_ = 0;
};

class ChatBooks {
 public:
  explicit ChatBooks(Findings& findings) : findings_(findings) {}
  void add(const Place& place, const ChatEvent& event);
  std::uint64_t messages() const { return messages_; }

 private:
  void posted(const Place& place, const ChatPosted& posted);
  void repeated(const Place& place, const ChatRepeated& repeated);
  void decided(const Place& place, const HeldDecided& decided);
  static constexpr std::uint64_t kRemembered =
      10'000;  // the chat promises uniqueness of ids within these
  Findings& findings_;
  std::map<std::string, std::uint64_t> last_;   // by show
  std::map<std::string, std::uint64_t> first_;  // by "show|author|id"
  std::map<std::string, std::string> held_;     // by "show|h_n": "show|author|id", until decided
  std::set<std::string> hidden_;                // "show|author|id" held, or rejected
  std::uint64_t messages_ = 0;
};

// Automatic actions, by what they have brought about: each once, then undone once at most.
class ActionBooks {
 public:
  explicit ActionBooks(Findings& findings) : findings_(findings) {}
  void add(const Place& place, const ShowEvent& event);
  void add(const Place& place, const ChatEvent& event);

 private:
  void happened(const Place& place, const AutoCause& cause);
  Findings& findings_;
  std::set<std::string> done_, undone_;  // "show|x_n"
};

// Everything the cumulative figures count, with positions, and the last figures told.
class FigureBooks {
 public:
  explicit FigureBooks(Findings& findings) : findings_(findings) {}
  void add(const Place& place, const ShopEvent& event);
  void add(const Place& place, const ShowEvent& event);
  void add(const Place& place, const ChatEvent& event);
  void add(const Place& place, const ReactionTick& tick);
  void add(const Place& place, const Activity& activity);
  void add(const Place& place, const ShowKpis& kpis);
  void finish();
  std::uint64_t shows() const { return shows_.size(); }

 private:
  struct Sale {
    std::uint64_t position = 0;
    std::string viewer;
    Money total;
    std::int64_t units = 0;
  };
  struct Amount {
    std::uint64_t position = 0;
    std::int64_t amount = 0;
  };
  struct Show {
    std::string shop;
    std::vector<Sale> sales;
    std::vector<Amount> adds, reactions, messages;
    std::map<std::string, std::uint64_t> first_seen;  // by viewer
    ShowKpis told;
    std::uint64_t told_at = 0;
  };
  static std::int64_t sum(const std::vector<Amount>& amounts, std::uint64_t through);
  void left(const Place& place, const std::string& sku, std::int64_t available);
  void check(const std::string& id, const Show& show);
  void expect(const std::string& id, const Show& show, const char* figure, std::int64_t told,
              std::int64_t counted);

  Findings& findings_;
  std::map<std::string, Show> shows_;
  std::map<std::string, std::vector<Amount>> available_;  // by "shop|sku"
};

}  // namespace vitrine::verify
