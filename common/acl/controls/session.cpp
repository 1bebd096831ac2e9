// Controls of the session, and those that switch off what this version does not do.

#include "common/acl/modifier.h"

namespace gp::acl {
namespace {

// Switches that smtpd obeys are words in the state.
template <const char* word, bool on = true>
Status set_switch(Context& context, std::string_view)
{
    auto& switches = context.state.switches;
    std::erase(switches, word);
    if (on)
        switches.emplace_back(word);
    return {};
}

template <const char* chosen, const char* other>
Status choose(Context& context, std::string_view)
{
    TRY((set_switch<other, false>(context, {})));
    return set_switch<chosen>(context, {});
}

constexpr char no_sync[] = "no_enforce_sync", sync[] = "enforce_sync", no_flush[] = "no_delay_flush", no_callout[] = "no_callout_flush", one_line[] = "no_multiline_responses",
               auth_anyway[] = "allow_auth_unadvertised";
constexpr auto over_smtp = where_all & ~(where_not_smtp | where_not_smtp_start | where_not_smtp_mime);

Status show_local_part(Context& context, std::string_view local_part)
{
    if (context.address)
        context.address->local_part = local_part;
    return {};
}

const RegisterControl no_pipelining{{.name = "no_pipelining",
                                     .apply = [](Context& context, std::string_view) -> Status {
                                         context.state.no_pipelining = "1";
                                         return {};
                                     },
                                     .doc = "PIPELINING is not offered."}};
const RegisterControl no_enforce_sync{{.name = "no_enforce_sync", .allowed_at = over_smtp, .apply = choose<no_sync, sync>,
                                       .doc = "A client that speaks too soon is borne."}};
const RegisterControl enforce_sync{{.name = "enforce_sync", .allowed_at = over_smtp, .apply = choose<sync, no_sync>,
                                    .doc = "A client that speaks too soon is refused."}};
const RegisterControl no_delay_flush{{.name = "no_delay_flush", .allowed_at = over_smtp, .apply = set_switch<no_flush>,
                                      .doc = "Replies that wait are not sent before a delay."}};
const RegisterControl no_callout_flush{{.name = "no_callout_flush", .allowed_at = over_smtp, .apply = set_switch<no_callout>,
                                        .doc = "Replies that wait are not sent before a callout, from the next command on."}};
const RegisterControl no_multiline{{.name = "no_multiline_responses", .allowed_at = over_smtp, .apply = set_switch<one_line>,
                                    .doc = "Replies have one line, for clients that stop at the first."}};
const RegisterControl allow_auth{{.name = "allow_auth_unadvertised", .allowed_at = where_connect | where_helo,
                                  .apply = set_switch<auth_anyway>,
                                  .doc = "AUTH is taken though it was not offered, after HELO too."}};
const RegisterControl caseful{{.name = "caseful_local_part", .allowed_at = where_rcpt,
                               .apply = [](Context& context, std::string_view) { return show_local_part(context, context.local_part_caseful); },
                               .doc = "$local_part is as the client wrote it."}};
const RegisterControl caselower{{.name = "caselower_local_part", .allowed_at = where_rcpt,
                                 .apply = [](Context& context, std::string_view) { return show_local_part(context, context.local_part_lower); },
                                 .doc = "$local_part is in lower case."}};
const RegisterControl dmarc{{.name = "dmarc_disable_verify", .allowed_at = over_smtp, .doc = "DMARC is not verified."}};

}
}
