#include "common/smtp/parameter.h"

#include <gtest/gtest.h>

namespace gp::smtp {
namespace {

Extensions everything()
{
    Extensions offered;
    offered.esmtp = offered.eight_bit_mime = offered.dsn = offered.smtputf8 = offered.prdr = true;
    offered.size = 0;
    offered.auth = {"PLAIN"};
    return offered;
}

PathArgument mail(std::string_view argument, const Extensions& offered = everything())
{
    return split_path(argument, [&](const Parameter& p) { return knows_mail_parameter(p, offered); });
}

Result<MailParameters> values(std::string_view argument)
{
    return read_mail_parameters(mail(argument).parameters, everything());
}

TEST(Path, PartsPathAndParameters)
{
    const auto got = mail("<a@b> SIZE=5  BODY=7BIT SMTPUTF8 ");
    EXPECT_EQ(got.path, "<a@b>");
    ASSERT_EQ(got.parameters.size(), 3u);
    EXPECT_EQ(got.parameters[0].name, "SIZE");
    EXPECT_EQ(got.parameters[0].value, "5");
    EXPECT_FALSE(got.parameters[2].has_value);
    EXPECT_EQ(mail("a@b SIZE=5").path, "a@b");
    EXPECT_EQ(mail("<> AUTH=<>").path, "<>");
    EXPECT_EQ(mail("Joe <a@b> SIZE=5").path, "Joe <a@b>");
}

TEST(Path, LeavesWhatIsUnknownInThePath)
{
    EXPECT_EQ(mail("<a@b> FOO=1").path, "<a@b> FOO=1");
    EXPECT_EQ(mail("<a@b> FOO=1 SIZE=5").path, "<a@b> FOO=1");
    EXPECT_EQ(mail("<a@b> SMTPUTF8=1").path, "<a@b> SMTPUTF8=1");
    EXPECT_EQ(mail("<a@b> SIZE=5", Extensions{}).path, "<a@b> SIZE=5");
}

TEST(Path, TakesNoPartOfAnAddressForAParameter)
{
    for (std::string_view whole : {"<\"a SIZE=1\"@b>", "<\"a SIZE=1 \"@b>", "<\"a> SIZE=1", "\"a SIZE=1\"@b",
                                   "<a SIZE=1@b>"})
        EXPECT_EQ(mail(whole).path, whole);
}

// RFC 8689 section 2.
TEST(Parameters, RequireTlsHasNoValueAndIsKnownWhereItWasOffered)
{
    Extensions offered;
    offered.esmtp = true;
    const Parameter parameter{.name = "requiretls", .value = {}, .has_value = false};
    EXPECT_FALSE(knows_mail_parameter(parameter, offered));
    EXPECT_EQ(write_mail_parameters({.requiretls = true}, offered), "");
    offered.requiretls = true;
    EXPECT_TRUE(knows_mail_parameter(parameter, offered));
    EXPECT_FALSE(knows_mail_parameter({.name = "REQUIRETLS", .value = "x", .has_value = true}, offered));
    const auto read = read_mail_parameters({parameter}, offered);
    EXPECT_TRUE(read && read->requiretls);
    EXPECT_EQ(write_mail_parameters({.requiretls = true}, offered), " REQUIRETLS");
    EXPECT_EQ(write_mail_parameters({}, offered), "");
}

TEST(Parameters, OfMailAreReadAsEximReadsThem)
{
    const auto good = values("<a@b> size=5 body=8bitmime RET=hdrs ENVID=a+2Bb AUTH=x+3Dy PRDR");
    ASSERT_TRUE(good) << good.error().text;
    EXPECT_EQ(*good->size, 5u);
    EXPECT_EQ(good->body, mail::BodyType::eight_bit_mime);
    EXPECT_EQ(good->ret, mail::DsnReturn::headers);
    EXPECT_EQ(good->envid, "a+2Bb");
    EXPECT_EQ(*good->auth, "x=y");
    EXPECT_TRUE(good->prdr);
    EXPECT_FALSE(values("<a@b> SIZE=x")->size);
    EXPECT_EQ(*values("<a@b> SIZE=99999999999999999999999")->size, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(*values("<a@b> AUTH=<>")->auth, "");

    struct Case {
        std::string_view argument, error;
    };
    for (const auto& row : {
             Case{"<a@b> BODY=x", "invalid data for BODY"},
             Case{"<a@b> BODY", "invalid data for BODY"},
             Case{"<a@b> RET=FOO", "Value for RET is invalid"},
             Case{"<a@b> RET", "Value for RET is invalid"},
             Case{"<a@b> RET=FULL RET=FULL", "RET can be specified once only"},
             Case{"<a@b> ENVID=a ENVID=b", "ENVID can be specified once only"},
             Case{"<a@b> ENVID=a+zz", "Value for ENVID is invalid"},
             Case{"<a@b> AUTH=a+0Ab", "invalid data for AUTH"},
         }) {
        const auto got = values(row.argument);
        ASSERT_FALSE(got) << row.argument;
        EXPECT_EQ(got.error().text, row.error);
    }
    EXPECT_FALSE(values("<a@b> ENVID=" + std::string(101, 'x')));
}

TEST(Parameters, OfRcptAreReadAsEximReadsThem)
{
    const auto offered = everything();
    const auto read = [&](std::string_view argument) {
        const auto path = split_path(argument, [&](const Parameter& p) { return knows_rcpt_parameter(p, offered); });
        return read_rcpt_parameters(path.parameters, offered);
    };
    const auto good = read("<x@y> NOTIFY=SUCCESS,delay ORCPT=rfc822;x+2By@z");
    ASSERT_TRUE(good) << good.error().text;
    EXPECT_EQ(good->notify, std::uint32_t{mail::notify_success | mail::notify_delay});
    EXPECT_EQ(good->orcpt, "rfc822;x+2By@z");
    EXPECT_EQ(read("<x@y> NOTIFY=NEVER,DELAY").error().text, "Invalid value for NOTIFY parameter");
    EXPECT_EQ(read("<x@y> NOTIFY=FOO").error().text, "Invalid value for NOTIFY parameter");
    EXPECT_EQ(read("<x@y> NOTIFY=").error().text, "Invalid value for NOTIFY parameter");
    EXPECT_EQ(read("<x@y> NOTIFY=NEVER NOTIFY=NEVER").error().text, "NOTIFY can be specified once only");
    EXPECT_EQ(read("<x@y> ORCPT=rfc822;a ORCPT=rfc822;b").error().text, "ORCPT can be specified once only");
    EXPECT_FALSE(read("<x@y> ORCPT=foo"));
    EXPECT_FALSE(read("<x@y> ORCPT=rfc822;" + std::string(500, 'x')));
}

TEST(Parameters, AreWrittenOnlyWhereTheyWereOffered)
{
    MailParameters mail;
    mail.size = 100;
    mail.body_given = true;
    mail.envid = "a+2Bb";
    mail.ret = mail::DsnReturn::full;
    EXPECT_EQ(write_mail_parameters(mail, everything()), " SIZE=100 BODY=7BIT RET=FULL ENVID=a+2Bb");
    EXPECT_EQ(write_mail_parameters(mail, Extensions{}), "");
    MailParameters forced;
    forced.auth = "a@b";
    EXPECT_EQ(write_mail_parameters(forced, Extensions{}), "");
    forced.auth_unasked = true;
    EXPECT_EQ(write_mail_parameters(forced, Extensions{}), " AUTH=a@b");
    RcptParameters rcpt;
    rcpt.notify = mail::notify_failure | mail::notify_delay;
    rcpt.orcpt = "rfc822;x@y";
    EXPECT_EQ(write_rcpt_parameters(rcpt, everything()), " NOTIFY=FAILURE,DELAY ORCPT=rfc822;x@y");
}

}
}
