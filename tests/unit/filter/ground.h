// A message and what a filter needs around it, for tests of filters and scripts.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/expand/expand.h"
#include "common/filter/rules.h"

namespace gp::filter {

struct Ground {
    static constexpr std::string_view usual_message = "From: Fred Bloggs <fred@a.b>\n"
                                                      "To: bill@mail.test.ex, \"x, y\" <c@d>\n"
                                                      "Cc: e@f (comment)\n"
                                                      "Subject: The subject of this\n"
                                                      "Message-Id: <abc@def>\n"
                                                      "X-Num: 42\n"
                                                      "\n"
                                                      "Body line 1\n"
                                                      "Body line 2\n";

    explicit Ground(std::string_view text = usual_message)
    {
        const auto end = text.starts_with('\n') ? 0 : text.find("\n\n") + 1;
        headers_text = text.substr(0, end);
        body = text.substr(std::min(text.size(), end + 1));
        headers = expand::Headers(headers_text);
        site.primary_hostname = "mail.test.ex";
        site.qualify_domain = site.qualify_recipient = "test.ex";
        site.headers_charset = "ISO-8859-1";
        rules.qualify_domain = "test.ex";
        rules.owner = "root@test.ex";
        rules.has_vacation = true;
        world.effects.clock = &clock;
        message.sender = "root@test.ex";
        message.headers = &headers;
        message.size = static_cast<std::int64_t>(text.size());
        message.body_start = message.body_end = body;
        message.body_size = static_cast<std::int64_t>(body.size());
        message.is_first_delivery = true;
        address.local_part = address.original_local_part = "root";
        address.domain = address.original_domain = "test.ex";
        address.home = "/home/user";
        origin.protocol = "local";
        origin.ident = "root";
        scene.message = &message;
        scene.address = &address;
        scene.origin = &origin;
    }
    Ground(const Ground&) = delete;
    Ground& operator=(const Ground&) = delete;

    ManualClock clock;
    std::string headers_text, body;
    expand::Headers headers;
    expand::Language language = expand::Language::linked();
    expand::Site site;
    lookup::Lookups lookups{Registry<lookup::Driver>::linked(), lookup::Environment{}};
    match::Lists lists{match::NamedLists{}, match::Self{}, lookups, nullptr};
    expand::World world{.language = language, .site = site, .lookups = lookups, .lists = lists, .effects = {}};
    expand::Message message;
    expand::Address address;
    mail::Origin origin;
    expand::Scene scene{world};
    Rules rules;
};

}
