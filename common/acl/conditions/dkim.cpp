// dkim_status and dkim_signers: what became of the DKIM signature in hand, and whose it is (manual 58.3).

#include "common/acl/condition.h"
#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::acl {
namespace {

constexpr std::string_view statuses[] = {"none", "invalid", "fail", "pass"};

bool has_item(std::string_view list, std::string_view wanted)
{
    for (const auto& item : config::split_list(list))
        if (same_nocase(trim(item), wanted))
            return true;
    return false;
}

class DkimTest : public Test {
public:
    explicit DkimTest(expand::Expression list) : list_(std::move(list)) {}
    Result<Truth> test(Context& context) const final
    {
        auto words = list_.expand(context.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return passed_over();
        if (!words)
            return not_expanded(list_, words.error());
        return is_true(context, words->text) ? Truth::yes : Truth::no;
    }

protected:
    virtual bool is_true(Context& context, std::string_view list) const = 0;

private:
    expand::Expression list_;
};

class Signers final : public DkimTest {
    using DkimTest::DkimTest;
    bool is_true(Context& context, std::string_view list) const override
    {
        const auto* signer = context.scene.facts.find("dkim_cur_signer");
        return signer && has_item(list, signer->text);
    }
};

// Behind the DKIM ACL the status is a list, of which one will do.
class StatusTest final : public DkimTest {
    using DkimTest::DkimTest;
    bool is_true(Context& context, std::string_view list) const override
    {
        const auto* found = context.scene.facts.find("dkim_verify_status");
        for (const auto& status : config::split_list(found ? found->text : "none"))
            if (has_item(list, status))
                return true;
        return false;
    }
};

gp::Status check_statuses(std::string_view list)
{
    for (const auto& item : config::split_list(list))
        if (std::ranges::find(statuses, trim(item)) == std::end(statuses))
            return misconfigured("\"" + escape(item) + "\" is no status of a DKIM signature: none, invalid, fail and pass are");
    return {};
}

gp::Status check_nothing(std::string_view)
{
    return {};
}

const RegisterCondition signers{{.name = "dkim_signers", .allowed_at = where_dkim, .make = make_expanded<Signers, check_nothing>,
                                 .doc = "The signer that the ACL runs for is in the list."}};
const RegisterCondition status{{.name = "dkim_status", .allowed_at = where_dkim | where_mime | where_prdr | where_data,
                                .make = make_expanded<StatusTest, check_statuses>,
                                .doc = "What became of the DKIM signature is in the list."}};

}
}
