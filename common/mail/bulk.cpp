#include "common/mail/bulk.h"

#include "common/base/text.h"

namespace gp::mail {

bool is_bulk(const HeaderList& headers)
{
    for (const auto& header : headers) {
        const auto name = header.name();
        if (same_nocase(name, "List-Id") || same_nocase(name, "List-Unsubscribe"))
            return true;
        if (!same_nocase(name, "Precedence"))
            continue;
        const auto value = trim(header.raw_value());
        for (std::string_view word : {"bulk", "list", "junk"})
            if (same_nocase(value, word))
                return true;
    }
    return false;
}

}
