// senders, sender_domains = LIST: of the envelope sender.

#include "common/acl/list_test.h"
#include "common/mail/address.h"

namespace gp::acl {
namespace {

constexpr std::uint32_t sender_points = where_message;

class Senders final : public ListTest {
    using ListTest::ListTest;
    Result<match::Match> ask(const expand::ListText& list, Context& context) const override
    {
        return list.address(context.scene, context.sender);
    }
    void matched(const match::Match& match, Context& context) const override
    {
        context.scene.facts.set("sender_data", match.value);
    }
};

class SenderDomains final : public ListTest {
    using ListTest::ListTest;
    Result<match::Match> ask(const expand::ListText& list, Context& context) const override
    {
        return list.domain(context.scene, mail::domain_of(context.sender), true);
    }
    void matched(const match::Match& match, Context& context) const override
    {
        context.scene.facts.set("sender_data", match.is_looked_up ? match.value : Text{});
    }
};

const RegisterCondition senders{{
    .name = "senders",
    .allowed_at = sender_points,
    .make = make_list_test<Senders, match::Kind::address>,
    .doc = "The envelope sender is in the list.",
}};
const RegisterCondition sender_domains{{
    .name = "sender_domains",
    .allowed_at = sender_points,
    .make = make_list_test<SenderDomains, match::Kind::domain>,
    .doc = "The envelope sender's domain is in the list.",
}};

}
}
