// The command line: every word of Exim's and sendmail's lists is obeyed or refused by name.
#include "master/sendmail/options.h"

#include <gtest/gtest.h>

#include <fstream>

#include "master/sendmail/option_table.h"

namespace gp::sendmail {
namespace {

Result<Options> parsed(const std::vector<std::string>& arguments, std::string_view program = "exim")
{
    return parse_options(program, arguments, Registry<Mode>::linked());
}

void expect_known(const std::string& list)
{
    std::ifstream names(std::string(GATEPOST_SOURCE) + "/../shared/names/" + list);
    if (!names)
        GTEST_SKIP() << "the lists of names are not here";
    for (std::string word; std::getline(names, word);) {
        if (word.empty() || word.starts_with('#') || word == "--")
            continue;
        const auto options = parsed({word, "value"});
        EXPECT_TRUE(options || options.error().text.find("unknown, malformed") == std::string::npos)
            << word << ": " << options.error().text;
    }
}

TEST(Options, every_word_of_exims_list_is_known)
{
    expect_known("cli_options.txt");
}

TEST(Options, every_word_of_sendmails_list_is_known)
{
    expect_known("sendmail_flags.txt");
}

TEST(Options, an_unknown_word_is_named)
{
    const auto options = parsed({"-zz9"});
    EXPECT_TRUE(options); // -z takes a value
    const auto wrong = parsed({"-k"});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().text, "unknown, malformed, or incomplete option -k");
}

TEST(Options, a_value_may_be_attached_or_follow)
{
    EXPECT_EQ(parsed({"-fa@b"})->letter.sender, "a@b");
    EXPECT_EQ(parsed({"-f", "a@b"})->letter.sender, "a@b");
    ASSERT_FALSE(parsed({"-f"}));
}

TEST(Options, the_last_mode_counts)
{
    EXPECT_EQ(parsed({"-bp", "-bV"})->mode, "-bV");
    EXPECT_EQ(parsed({"-Mrm", "1a-2b-3c"})->mode, "-Mrm");
    EXPECT_EQ(parsed({}, "mailq")->mode, "-bp");
}

TEST(Options, a_queue_run_has_letters_and_a_time)
{
    const auto run = parsed({"-qqff"});
    EXPECT_EQ(run->mode, "-q");
    EXPECT_TRUE(run->force && run->thaw);
    EXPECT_TRUE(run->values.contains("-qq"));
    EXPECT_EQ(parsed({"-bp", "-qGslow"})->mode, "-bp");
    EXPECT_EQ(parsed({"-Mset", "1a-2b-3c", "-be", "x"})->mode, "-be");
    EXPECT_EQ(parsed({"-bd", "-q30m"})->mode, "-bd");
    EXPECT_EQ(parsed({"-bd", "-q30m"})->interval, "30m");
    EXPECT_EQ(parsed({"-qGslow/"})->queue_name, "slow");
}

// Manual 5.3: one or more flags. In their order Exim takes them; in any other we do too, each once.
TEST(Options, a_queue_run_has_any_of_its_letters)
{
    for (const auto* two : {"", "q"})
        for (const auto* first : {"", "i"})
            for (const auto* force : {"", "f", "ff"})
                for (const auto* local : {"", "l"})
                    for (const auto* queue : {"", "Gslow"}) {
                        const auto word = std::string("-q") + two + first + force + local + queue;
                        const auto run = parsed({word});
                        ASSERT_TRUE(run) << word << ": " << run.error().text;
                        EXPECT_EQ(run->values.contains("-qq"), *two != '\0') << word;
                        EXPECT_EQ(run->first_only, *first != '\0') << word;
                        EXPECT_EQ(run->force, *force != '\0') << word;
                        EXPECT_EQ(run->thaw, std::string_view(force) == "ff") << word;
                        EXPECT_EQ(run->local_only, *local != '\0') << word;
                        EXPECT_EQ(run->queue_name, std::string_view(queue).substr(*queue == '\0' ? 0 : 1)) << word;
                    }
    const auto mixed = parsed({"-qqfil"});
    ASSERT_TRUE(mixed);
    EXPECT_TRUE(mixed->force && mixed->first_only && mixed->local_only && !mixed->thaw && mixed->interval.empty());
    EXPECT_EQ(parsed({"-qfi5m"})->interval, "5m");
    for (const auto* word : {"-qqq", "-qfff", "-qfqlq", "-qii", "-qll", "-qx", "-qGa/y", "-qf5", "-q30"}) {
        const auto wrong = parsed({word});
        ASSERT_FALSE(wrong) << word;
        EXPECT_EQ(wrong.error().text, std::string("bad time value ") + word + ": abandoned");
        EXPECT_EQ(wrong.error().cause, Cause::refused);
    }
}

TEST(Options, a_selection_has_letters_and_a_text)
{
    EXPECT_EQ(parsed({"-Rpostmaster"})->recipient_match, "postmaster");
    EXPECT_EQ(parsed({"-Rff", "x@y"})->recipient_match, "x@y");
    EXPECT_TRUE(parsed({"-Rff", "x@y"})->thaw);
    EXPECT_TRUE(parsed({"-Sr", "x"})->sender_is_pattern);
    const auto both = parsed({"-qqRff", "x"});
    EXPECT_TRUE(both->thaw);
    EXPECT_EQ(both->recipient_match, "x");
}

TEST(Options, n_alone_pretends_and_before_a_list_it_asks_for_reports)
{
    const auto alone = parsed({"-N", "a@b"});
    EXPECT_TRUE(alone->letter.dont_deliver && alone->verbose);
    EXPECT_EQ(alone->letter.recipients, std::vector<std::string>{"a@b"});
    const auto words = parsed({"-N", "success,Failure", "a@b"});
    EXPECT_FALSE(words->letter.dont_deliver);
    EXPECT_EQ(words->letter.notify, mail::notify_success | mail::notify_failure);
    EXPECT_EQ(parsed({"-Nnever", "a@b"})->letter.notify, mail::notify_never);
    EXPECT_FALSE(parsed({"-Nnever,delay", "a@b"})); // RFC 3461 section 4.1: NEVER stands alone
    EXPECT_FALSE(parsed({"-Nsometimes", "a@b"}));
    EXPECT_TRUE(parsed({"-N", "-q"})->letter.dont_deliver); // of an administrator
    EXPECT_FALSE(parsed({"-N", "-bp"}));
}

TEST(Options, r_full_is_for_a_message_with_recipients_and_a_queue_run_without)
{
    EXPECT_EQ(parsed({"-R", "full", "a@b"})->letter.dsn_return, mail::DsnReturn::full);
    EXPECT_EQ(parsed({"-t", "-R", "hdrs"})->letter.dsn_return, mail::DsnReturn::headers);
    const auto run = parsed({"-R", "full"});
    EXPECT_EQ(run->mode, "-q");
    EXPECT_EQ(run->recipient_match, "full");
    EXPECT_EQ(parsed({"-Rf", "full"})->mode, "-q");
    EXPECT_FALSE(parsed({"-Rf", "full", "a@b"})); // as in Exim
}

TEST(Options, words_of_other_sendmails_are_modes_of_ours)
{
    EXPECT_EQ(parsed({"-I"})->mode, "-bi");
    EXPECT_EQ(parsed({"-bC"})->mode, "-bV");
    EXPECT_EQ(parsed({"-bD"})->mode, "-bdf");
    EXPECT_EQ(parsed({"-bH"})->mode, "-bH");
    EXPECT_EQ(parsed({"-bl"})->mode, "-bd");
    EXPECT_EQ(parsed({"-bl"})->listen, "127.0.0.1");
    EXPECT_EQ(parsed({"-bd", "-qp30m"})->interval, "30m");
    EXPECT_FALSE(parsed({"-qp"}));
    const auto now = parsed({"-qI", "1a-2b-3c"});
    EXPECT_EQ(now->mode, "-M");
    EXPECT_EQ(now->arguments, std::vector<std::string>{"1a-2b-3c"});
}

TEST(Options, an_envelope_identifier_is_told_in_xtext)
{
    EXPECT_EQ(parsed({"-V", "QQ 314+9=2"})->letter.envid, "QQ+20314+2B9+3D2");
    EXPECT_FALSE(parsed({"-V", std::string(101, 'x')}));
    EXPECT_FALSE(parsed({"-V", "a\nb"}));
}

TEST(Options, what_sendmail_ignores_is_ignored_under_that_name_alone)
{
    for (const char* word : {"-o7", "-o8", "-ox", "-oL9", "-oQ/var/spool/x"})
        EXPECT_TRUE(parsed({word, "a@b"}, "sendmail")) << word;
    EXPECT_FALSE(parsed({"-ox", "a@b"}));
    EXPECT_FALSE(parsed({"-odx", "a@b"}, "sendmail"));
    EXPECT_FALSE(parsed({"-omany", "a@b"}, "sendmail"));
}

TEST(Options, a_tag_and_tls_at_once_are_not_for_every_mode)
{
    EXPECT_TRUE(parsed({"-L", "cron", "a@b"}));
    EXPECT_FALSE(parsed({"-L", "cron", "-bd"}));
    EXPECT_FALSE(parsed({"-L", std::string(33, 'x'), "a@b"}));
    EXPECT_TRUE(parsed({"-tls-on-connect", "-bd"})->tls_on_connect);
    EXPECT_FALSE(parsed({"-tls-on-connect", "-bs"}));
    EXPECT_EQ(parsed({"-or90s", "a@b"})->receive_timeout, 90u);
    EXPECT_FALSE(parsed({"-or", "soon", "a@b"}));
    EXPECT_EQ(parsed({"-bs", "-os", "90s"})->smtp_receive_timeout, 90u);
    EXPECT_EQ(parsed({"-os0s", "-bd"})->smtp_receive_timeout, 0u);
    EXPECT_EQ(parsed({"-os", "1x", "-bs"}).error().text.substr(0, 29), "bad time value 1x: abandoned:");
    EXPECT_FALSE(parsed({"-bw", "-q30m"}));
}

TEST(Options, some_modes_take_no_words)
{
    for (const char* mode : {"-bi", "-bd", "-bdf"})
        EXPECT_FALSE(parsed({mode, "a@b"})) << mode;
    EXPECT_FALSE(parsed({"-bF", "file", "a@b"}));
    EXPECT_TRUE(parsed({"-bF", "file"}));
    EXPECT_EQ(parsed({"-bf", "file", "a@b"}).error().text, "incompatible command-line options or arguments");
}

TEST(Options, every_option_has_a_text_for_the_manual)
{
    for (const auto& row : option_rows())
        EXPECT_FALSE(row.text.empty()) << row.word;
}

TEST(Options, a_message_reference_is_a_message_id)
{
    EXPECT_EQ(parsed({"-oMm", "1xV066-nXoq20-0c", "a@b"})->letter.message_reference, "1xV066-nXoq20-0c");
    EXPECT_EQ(parsed({"-oMm", "1xV066-0000nXoq20x-0c12", "a@b"})->letter.message_reference, "1xV066-0000nXoq20x-0c12");
    EXPECT_EQ(parsed({"-oMm", "foo", "a@b"}).error().text, "-oMm must be a valid message ID");
}

TEST(Options, an_address_may_have_a_port_behind_it)
{
    const auto v4 = parsed({"-oMa", "192.0.2.1.25"});
    EXPECT_EQ(v4->letter.host_address, "192.0.2.1");
    EXPECT_EQ(v4->letter.host_port, 25u);
    EXPECT_EQ(parsed({"-oMa", "2001:db8::1.25"})->letter.host_port, 25u);
    EXPECT_FALSE(parsed({"-oMa", "192.0.2.1.x"}));
    const auto bracketed = parsed({"-oMa", "[192.0.2.1]:25", "-oMi", "[2001:db8::1]"});
    EXPECT_EQ(bracketed->letter.host_address, "192.0.2.1");
    EXPECT_EQ(bracketed->letter.host_port, 25u);
    EXPECT_EQ(bracketed->letter.interface_address, "2001:db8::1");
    EXPECT_EQ(bracketed->letter.interface_port, 0u);
    for (const std::string bad : {"[192.0.2.1]:x", "[192.0.2.1]25", "[192.0.2.1]:70000", "[192.0.2.1]:"})
        EXPECT_FALSE(parsed({"-oMa", bad})) << bad;
}

}
}
