// ${addresses:…}: the addresses of a header, as a list; ">c" in front sets its separator.

#include "common/base/text.h"
#include "common/expand/detail/branching.h"
#include "common/expand/detail/header_addresses.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"
#include "common/mail/address_parser.h"

namespace gp::expand {
namespace {

Result<Text> addresses(const OperatorCall& call)
{
    std::string_view list = trim_left(call.subject.text);
    char separator = ':';
    if (list.starts_with('>')) {
        list.remove_prefix(1);
        if (list.empty())
            return misconfigured("output separator missing in expanding ${addresses:" + call.subject.text +
                                 "}");
        separator = list.front();
        list.remove_prefix(1);
    }
    Text out;
    ListBuilder result(out, separator);
    for (const auto& item : mail::parse_address_list(list, address_rules(call.scene)).items)
        if (item.parsed)
            result.add(call.same_taint(item.parsed->address));
    return out;
}

const RegisterOperator self{{
    .name = "addresses",
    .apply = addresses,
    .doc = "The addresses of a header, as a list; \">c\" in front sets its separator.",
}};

}
}
