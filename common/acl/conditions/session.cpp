// encrypted = CIPHERS and authenticated = NAMES: how the client speaks and as whom.

#include "common/acl/condition.h"
#include "common/acl/string_list.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

class Encrypted final : public StringListTest {
    using StringListTest::StringListTest;
    std::string_view subject(const Context& context) const override
    {
        return context.scene.origin ? std::string_view(context.scene.origin->tls_cipher) : std::string_view{};
    }
};

class Authenticated final : public StringListTest {
    using StringListTest::StringListTest;
    std::string_view subject(const Context& context) const override
    {
        return context.scene.origin ? std::string_view(context.scene.origin->authenticator) : std::string_view{};
    }
};

constexpr auto over_smtp = where_all & ~(where_not_smtp | where_not_smtp_start | where_not_smtp_mime | where_connect);

const RegisterCondition encrypted{{
    .name = "encrypted",
    .allowed_at = (over_smtp | where_connect) & ~where_helo,
    .make = make_string_list_test<Encrypted>,
    .doc = "The client speaks TLS with a cipher in the list; * is any cipher.",
}};
const RegisterCondition authenticated{{
    .name = "authenticated",
    .allowed_at = over_smtp & ~where_helo,
    .make = make_string_list_test<Authenticated>,
    .doc = "The client is authenticated by a driver in the list; * is any.",
}};

}
}
