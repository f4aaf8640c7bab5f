#include "commerce/moderation/lists.h"

#include "base/embedded_file.h"

namespace vitrine::moderation {

VT_EMBEDDED_FILE(words_tsv, VITRINE_WORDS_FILE)
VT_EMBEDDED_FILE(policy_tsv, VITRINE_POLICY_FILE)

}  // namespace vitrine::moderation
