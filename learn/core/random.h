#pragma once
// Randomness as a function of where it is used: Draws{model, position} gives the same numbers
// whenever, wherever and however often it is asked, so a replay decides as the first run did. No
// state is kept between positions, hence nothing of it needs a snapshot.
//
// Method: Philox4x32 with ten rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
// as 1, 2, 3", SC 2011). The key is the model, the counter is the position and the number of the
// block drawn there. Cost: about 10 ns for two numbers.
#include <array>
#include <cstdint>

namespace vitrine::learn {

// The ten rounds themselves, for those who need the four words of one counter.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

// The numbers of one model at one position of its input, in order. `model` is any fixed number that
// no other model of the same topic has; `position` is the record's.
class Draws {
 public:
  Draws(std::uint64_t model, std::uint64_t position) : model_(model), position_(position) {}

  std::uint64_t next();
  double unit();                           // in [0, 1), a multiple of 2^-53
  std::uint64_t below(std::uint64_t end);  // in [0, end), without bias; end > 0
  double normal();                         // mean 0, variance 1

 private:
  std::uint64_t model_, position_;
  std::array<std::uint32_t, 4> block_{};
  std::uint64_t blocks_ = 0;
  bool half_ = false;  // the second half of block_ is still to be handed out
};

}  // namespace vitrine::learn
