#include "common/sieve/sender.h"

#include "common/base/text.h"
#include "common/mail/address_parser.h"

namespace gp::sieve {

Result<std::string> read_sender(Parser& parser)
{
    auto from = TRY(parser.string("from string expected"));
    if (!parser.has("variables") && !mail::parse_address(from))
        return parser.error("malformed address \"" + escape(from) + "\" in :from");
    return from;
}

}
