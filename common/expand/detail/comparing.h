// Two texts or two numbers compared, for the conditions that do (=, <, eq, lt …).
#pragma once

#include "common/expand/condition.h"

namespace gp::expand {

// The arguments as whole numbers: below, at or above 0 as the first is less, equal or greater. An error: one
// is no number.
Result<int> compare_numbers(const ConditionCall& call);

// The same of texts, by their octets.
int compare_texts(const ConditionCall& call);

// The same without regard to case. In Exim a text that begins another one comes behind it, when case does not
// count.
int compare_texts_nocase(const ConditionCall& call);

}
