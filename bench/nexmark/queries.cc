#include "bench/nexmark/queries.h"

#include <array>

namespace vitrine::nexmark {

std::span<const Query> queries() {
  static constexpr std::array kQueries{Query{"q0", q0, 0, "155 k"},
                                       Query{"q1", q1, 5e6, "158 k"},
                                       Query{"q2", q2, 5e6, "175 k"},
                                       Query{"q3", q3, 0.3e6, "152 k"},
                                       Query{"q4", q4, 0.3e6, "34 k"},
                                       Query{"q5", q5, 1e6, "22 k"},
                                       Query{"q7", q7, 1e6, "12 k"},
                                       Query{"q8", q8, 1e6, "146 k"},
                                       Query{"q9", q9, 0.3e6, "14 k"},
                                       Query{"q11", q11, 1e6, "40 k"},
                                       Query{"q12", q12, 0, ""},
                                       Query{"q17", q17, 0, ""},
                                       Query{"q18", q18, 0, "54 k"},
                                       Query{"q19", q19, 0, ""},
                                       Query{"q20", q20, 0.3e6, "19 k"}};
  return kQueries;
}

}  // namespace vitrine::nexmark
