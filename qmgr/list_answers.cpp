#include "qmgr/list_answers.h"

namespace gp::qmgr {
namespace {

// Neither has a NUL in it.
std::string key_of(std::string_view list, std::string_view subject)
{
    std::string key(list);
    key += '\0';
    key += subject;
    return key;
}

}

void ListAnswers::keep(std::string_view list, std::string_view subject, bool fits)
{
    fits_[key_of(list, subject)] = fits;
}

Fit ListAnswers::find(std::string_view list, std::string_view subject) const
{
    const auto at = fits_.find(key_of(list, subject));
    if (at == fits_.end())
        return Fit::unknown;
    return at->second ? Fit::yes : Fit::no;
}

}
