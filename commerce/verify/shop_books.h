#pragma once
// The books of all shops: units by sku, reservations, orders and money.
#include <map>
#include <set>
#include <string>

#include "commerce/model/proto/shop.pb.h"
#include "commerce/verify/findings.h"

namespace vitrine::verify {

class ShopBooks {
 public:
  explicit ShopBooks(Findings& findings) : findings_(findings) {}
  void add(const Place& place, const ShopEvent& event);
  void add(const Place& place,
           const ShopCommand& command);  // payment reports are what was captured
  void add(const Place& place, const PaymentRequest& request);
  void finish();
  std::uint64_t confirmed() const { return confirmed_; }

 private:
  struct Units {
    std::int64_t on_hand = 0, reserved = 0;
  };
  using Quantities = std::map<std::string, std::int64_t>;
  struct Hold {
    Quantities units;
    bool is_open = true;
  };
  enum class Fate { Pending, Confirmed, Rejected };
  struct Placed {
    std::uint64_t position = 0;
    Quantities units;
    Money total;
    std::string hold, payment;
    Fate fate = Fate::Pending;
    std::uint64_t settled_at = 0;
  };
  struct Captured {  // or asked for
    std::uint64_t position = 0;
    Money amount;
  };
  using Lines = google::protobuf::RepeatedPtrField<Line>;
  using Left = google::protobuf::RepeatedPtrField<StockLeft>;

  void stock_set(const Place& place, const StockSet& event);
  void reserved(const Place& place, const ItemsReserved& event);
  void released(const Place& place, const ReservationReleased& event);
  void placed(const Place& place, const OrderPlaced& event);
  void confirmed(const Place& place, const OrderConfirmed& event);
  void rejected(const Place& place, const OrderRejected& event);
  void noted(const Place& place, const PaymentNoted& event);
  void move(const Place& place, const Quantities& units, int on_hand_sign, int reserved_sign,
            const Left& announced);
  Placed* pending(const Place& place, const Order& order);
  Hold* open_hold(const Place& place, const std::string& id);
  Quantities summed(const Lines& lines) const;
  void check_total(const Place& place, const Lines& lines, const Money& total);
  void finish_money();

  Findings& findings_;
  std::map<std::string, Units> units_;            // by "shop|sku"
  std::map<std::string, Hold> holds_;             // by id
  std::map<std::string, Placed> orders_;          // by id
  std::map<std::string, Captured> captured_;      // by "order|payment", approved by the provider
  std::map<std::string, std::uint64_t> refunds_;  // by "order|payment", to be given back
  std::map<std::string, std::vector<Captured>> requests_;  // by order
  std::uint64_t confirmed_ = 0;
};

}  // namespace vitrine::verify
