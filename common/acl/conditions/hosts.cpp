// hosts = LIST: the calling host; an empty item is a local program (manual 44.25).

#include "common/acl/list_test.h"

namespace gp::acl {
namespace {

class Hosts final : public ListTest {
    using ListTest::ListTest;
    Result<match::Match> ask(const expand::ListText& list, Context& context) const override
    {
        match::Host local;
        return list.host(context.scene, context.scene.host ? *context.scene.host : local);
    }
    void matched(const match::Match& match, Context& context) const override
    {
        context.scene.facts.set("host_data", match.is_looked_up ? match.value : Text{}); // manual 11.9: the result of a look-up
    }
};

const RegisterCondition self{{
    .name = "hosts",
    .allowed_at = where_all & ~(where_not_smtp | where_not_smtp_start | where_not_smtp_mime),
    .make = make_list_test<Hosts, match::Kind::host>,
    .doc = "The calling host is in the list.",
}};

}
}
