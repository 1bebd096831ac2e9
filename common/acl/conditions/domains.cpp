// domains, local_parts = LIST: of the recipient; $domain_data and $local_part_data are what matched.

#include "common/acl/list_test.h"
#include "common/mail/address.h"

namespace gp::acl {
namespace {

constexpr std::uint32_t recipient_points = where_rcpt | where_vrfy | where_prdr;

class Domains final : public ListTest {
    using ListTest::ListTest;
    Result<match::Match> ask(const expand::ListText& list, Context& context) const override
    {
        return list.domain(context.scene, mail::domain_of(context.recipient));
    }
    void matched(const match::Match& match, Context& context) const override
    {
        context.scene.facts.set("domain_data", match.value);
    }
};

class LocalParts final : public ListTest {
    using ListTest::ListTest;
    Result<match::Match> ask(const expand::ListText& list, Context& context) const override
    {
        return list.local_part(context.scene, mail::local_part_of(context.recipient));
    }
    void matched(const match::Match& match, Context& context) const override
    {
        context.scene.facts.set("local_part_data", match.value);
    }
};

class Recipients final : public ListTest {
    using ListTest::ListTest;
    Result<match::Match> ask(const expand::ListText& list, Context& context) const override
    {
        return list.address(context.scene, context.recipient);
    }
    void matched(const match::Match& match, Context& context) const override
    {
        context.scene.facts.set("recipient_data", match.value);
    }
};

const RegisterCondition domains{{
    .name = "domains",
    .allowed_at = recipient_points,
    .make = make_list_test<Domains, match::Kind::domain>,
    .doc = "The recipient's domain is in the list.",
}};
const RegisterCondition local_parts{{
    .name = "local_parts",
    .allowed_at = recipient_points,
    .make = make_list_test<LocalParts, match::Kind::local_part>,
    .doc = "The recipient's local part is in the list.",
}};
const RegisterCondition recipients{{
    .name = "recipients",
    .allowed_at = where_rcpt | where_prdr,
    .make = make_list_test<Recipients, match::Kind::address>,
    .doc = "The recipient's address is in the list.",
}};

}
}
