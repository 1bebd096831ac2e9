// Conversations with scanners over a socket pair: what they are told, and what is made of their answers.

#include "common/scan/scanner.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "common/event/loop.h"

namespace gp::scan {
namespace {

struct Conversation {
    Result<std::vector<Finding>> found = permanent("not run");
    std::string heard;
    std::string of(std::string_view name) const
    {
        if (!found)
            return "error: " + found.error().text;
        for (const auto& finding : *found)
            if (finding.name == name)
                return finding.value;
        return "-";
    }
};

// The scanner says `greeting`, reads until it has `enough`, says `answer` and closes.
Conversation talk(std::string_view scanner, std::string_view answer, std::string_view enough, std::vector<std::string> arguments = {},
                  std::size_t most_answer = 1000, std::string_view greeting = {})
{
    static const auto scanners = Registry<Scanner>::linked();
    Conversation out;
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    event::Loop loop;
    const auto until = event::Deadline::in(std::chrono::seconds(20));
    (void)loop.spawn("scanner", [&] {
        event::FdStream far{OwnedFd{ends[1]}};
        std::array<char, 4096> buffer;
        (void)!far.write(greeting, until);
        while (out.heard.find(enough) == std::string::npos) {
            const auto got = far.read(buffer, until);
            if (!got || *got == 0)
                break;
            out.heard.append(buffer.data(), *got);
        }
        (void)!far.write(answer, until);
    });
    (void)loop.spawn("we", [&] {
        event::FdStream near{OwnedFd{ends[0]}};
        const Letter letter{.headers = "Subject: x\r\n\r\n",
                            .body_size = 4,
                            .body = [](const std::function<Status(std::string_view)>& take) { return take("hi\r\n"); },
                            .most_answer = most_answer,
                            .file = [] { return Result<std::string>{"/scan/id/id.eml"}; }};
        out.found = scanners.find(scanner)->scan(near, letter, arguments, until);
    });
    loop.run_until_idle();
    return out;
}

TEST(Spamd, TellsScoreReportAndWhatToDo)
{
    const auto spam = talk("spamd", "SPAMD/1.1 0 EX_OK\r\nContent-length: 9\r\nSpam: True ; 15.56 / 5.0\r\n\r\nreport\r\nof it\r\n\r\n", "hi\r\n", {"joe\r\nX"});
    EXPECT_EQ(spam.heard, "REPORT SPAMC/1.2\r\nUser: joeX\r\nContent-length: 18\r\n\r\nSubject: x\r\n\r\nhi\r\n");
    EXPECT_EQ(spam.of("spam_score"), "15.6");
    EXPECT_EQ(spam.of("spam_score_int"), "155"); // cut off and not rounded
    EXPECT_EQ(spam.of("spam_bar"), "+++++++++++++++");
    EXPECT_EQ(spam.of("spam_action"), "reject");
    EXPECT_EQ(spam.of("spam_report"), "report\n of it");
    EXPECT_EQ(spam.of("spam_is"), "1");
    const auto ham = talk("spamd", "SPAMD/1.1 0 EX_OK\r\nSpam: False ; -1.5 / 5.0\r\n\r\n", "hi\r\n");
    EXPECT_EQ(ham.of("spam_score_int"), "-14"); // as Exim 4.96 has it
    EXPECT_EQ(ham.of("spam_bar"), "-");
    EXPECT_EQ(ham.of("spam_is"), "0");
}

TEST(Spamd, IsNotBelievedEverything)
{
    EXPECT_EQ(talk("spamd", "", "hi\r\n").of("x"), "error: spamd: no answer");
    EXPECT_EQ(talk("spamd", "SPAMD/1.0 76 Bad header line\r\n\r\n", "hi\r\n").of("x"), "error: spamd: SPAMD/1.0 76 Bad header line");
    EXPECT_EQ(talk("spamd", "SPAMD/1.1 0 EX_OK\r\nSpam: True ; nan / 5\r\n\r\n", "hi\r\n").of("x"), "error: spamd: an answer without a score");
    EXPECT_EQ(talk("spamd", "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1e300 / 5\r\n\r\n", "hi\r\n").of("x"), "error: spamd: an answer without a score");
    EXPECT_EQ(talk("spamd", std::string(2000, 'x'), "hi\r\n").of("x"), "error: the scanner's answer is too long (scanner_answer_limit)");
}

TEST(Rspamd, HearsOfTheEnvelopeAndAdvises)
{
    const auto found = talk("rspamd",
                            "RSPAMD/1.3 0 EX_OK\r\nMetric: default; False; 20.00 / 15.00 / 0.0\r\nAction: add header\r\nSymbol: A(20.00)\r\n"
                            "Message-ID: undef\r\n\r\n",
                            "hi\r\n", {"From: <a@b.example>", "Rcpt: <c@d.example>\r\nX"});
    EXPECT_EQ(found.heard, "CHECK RSPAMC/1.3\r\nContent-length: 18\r\nFrom: <a@b.example>\r\nRcpt: <c@d.example>X\r\n\r\nSubject: x\r\n\r\nhi\r\n");
    EXPECT_EQ(found.of("spam_score"), "20.0");
    EXPECT_EQ(found.of("spam_action"), "add header");
    EXPECT_EQ(found.of("spam_report"), "Action: add header\n Symbol: A(20.00)\n Message-ID: undef");
    EXPECT_EQ(found.of("spam_is"), "1"); // by the score: the word before it is for older clients
    EXPECT_EQ(talk("rspamd", "RSPAMD/1.3 0 EX_OK\r\n", "hi\r\n").of("x"), "error: rspamd: an answer without a score");
    EXPECT_EQ(talk("rspamd", "RSPAMD/1.3 1 oops\r\n", "hi\r\n").of("x"), "error: rspamd: RSPAMD/1.3 1 oops");
}

TEST(Clamd, NamesWhatItFinds)
{
    const std::string zero(4, '\0');
    const auto found = talk("clamd", std::string_view("stream: Eicar-Test FOUND\0", 25), "hi\r\n" + zero);
    EXPECT_EQ(found.heard, std::string("zINSTREAM\0\0\0\0\x0eSubject: x\r\n\r\n\0\0\0\4hi\r\n", 10 + 4 + 14 + 4 + 4) + zero);
    EXPECT_EQ(found.of("malware_name"), "Eicar-Test");
    EXPECT_EQ(talk("clamd", std::string_view("stream: OK\0", 11), "hi\r\n" + zero).of("malware_name"), "-");
    EXPECT_EQ(talk("clamd", "INSTREAM size limit exceeded. ERROR", "hi\r\n" + zero).of("x"), "error: ClamAV returned: INSTREAM size limit exceeded. ERROR");
    EXPECT_EQ(talk("clamd", "", "hi\r\n" + zero).of("x"), "error: ClamAV returned: nothing");
}

TEST(Clamd, OpensTheMessageItselfOnThisHost)
{
    const auto found = talk("clamd", "/scan/id/id.eml: Eicar FOUND\n", "\n", {"file"});
    EXPECT_EQ(found.heard, "SCAN /scan/id/id.eml\n");
    EXPECT_EQ(found.of("malware_name"), "Eicar");
    EXPECT_EQ(talk("clamd", "x: 666 ERROR\n", "\n", {"file"}).of("x"), "error: ClamAV returned: x: 666 ERROR");
}

TEST(Sophie, IsToldADirectory)
{
    const auto found = talk("sophie", "1 VNAME\n", "\n");
    EXPECT_EQ(found.heard, "/scan/id\n");
    EXPECT_EQ(found.of("malware_name"), "VNAME");
    EXPECT_EQ(talk("sophie", "0", "\n").of("malware_name"), "-");
    EXPECT_EQ(talk("sophie", "-1 oops", "\n").of("x"), "error: scanner reported error");
}

TEST(FProt6d, AnswersWithACodeAndAWord)
{
    EXPECT_EQ(talk("f-prot6d", "1 <infected: VNAME> /scan/id/id.eml\n", "\n").of("malware_name"), "VNAME");
    EXPECT_EQ(talk("f-prot6d", "0 <clean> /scan/id/id.eml\n", "\n").of("malware_name"), "-");
    EXPECT_EQ(talk("f-prot6d", "8 <no such file> x\n", "\n").of("x"), "error: scanner reported: no such file");
    EXPECT_EQ(talk("f-prot6d", "what?\n", "\n").of("x"), "error: scanner reported: what?");
}

TEST(Sock, IsWhatItsPatternsSay)
{
    const std::vector<std::string> words = {"SCAN %s", "VIRUS", "VIRUS=(\\S+)"};
    const auto found = talk("sock", "a line\nVIRUS=Bad x\n", "\n", words);
    EXPECT_EQ(found.heard, "SCAN /scan/id/id.eml\n");
    EXPECT_EQ(found.of("malware_name"), "Bad");
    EXPECT_EQ(talk("sock", "clean\n", "\n", words).of("malware_name"), "-");
}

std::string number(unsigned value)
{
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 0xff), static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

TEST(DrWeb, SpeaksInNumbersOfFourOctets)
{
    const std::string name("infected with Eicar Test\0", 25);
    const auto found = talk("drweb", number(0x20) + number(1) + number(25) + name, "hi\r\n");
    EXPECT_EQ(found.heard, number(1) + number(0x80001) + number(0) + number(18) + "Subject: x\r\n\r\nhi\r\n");
    EXPECT_EQ(found.of("malware_name"), "Eicar Test");
    const std::string path = "/scan/id/id.eml";
    const auto local = talk("drweb", number(0x100000) + number(0), path + number(0), {"file"});
    EXPECT_EQ(local.heard, number(1) + number(0x80001) + number(15) + path + number(0));
    EXPECT_EQ(local.of("malware_name"), "-");
    EXPECT_EQ(talk("drweb", number(0x40) + number(0), "hi\r\n").of("malware_name"), "unknown");
    EXPECT_EQ(talk("drweb", number(0x220) + number(1) + number(3) + "abc", "hi\r\n").of("malware_name"), "abc"); // beside a part that took too long
    EXPECT_EQ(talk("drweb", number(0x200) + number(0), "hi\r\n").of("x"), "error: drweb daemon retcode 512 (timeout)");
    EXPECT_EQ(talk("drweb", "", "hi\r\n").of("x"), "error: unable to read return code");
    EXPECT_EQ(talk("drweb", number(0x20) + number(1) + number(0x7fffffff) + "x", "hi\r\n").of("x"),
              "error: the scanner's answer is too long (scanner_answer_limit)");
    EXPECT_EQ(talk("drweb", number(0x20) + number(0x7fffffff) + number(3) + "abc", "hi\r\n").of("malware_name"), "abc");
}

TEST(FProtd, AnswersInXml)
{
    const auto found = talk("f-protd",
                            "HTTP/1.0 200 OK\r\n\r\n<?xml version=\"1.0\"?>\r\n<detected type=\"virus\">\r\n<name>EICAR</name>\r\n</detected>\r\n"
                            "<summary code=\"11\">infected</summary>\r\n",
                            "\r\n\r\n");
    EXPECT_EQ(found.heard, "GET /scan/id/id.eml HTTP/1.0\r\n\r\n");
    EXPECT_EQ(found.of("malware_name"), "EICAR");
    EXPECT_EQ(talk("f-protd", "<summary code=\"0\">clean</summary>", "\r\n\r\n").of("malware_name"), "-");
    EXPECT_EQ(talk("f-protd", "<summary code=\"1\">infected</summary>", "\r\n\r\n").of("malware_name"), "unknown");
    EXPECT_EQ(talk("f-protd", "", "\r\n\r\n").of("x"), "error: no answer");
    EXPECT_EQ(talk("f-protd", "<html>404</html>", "\r\n\r\n").of("x"), "error: no verdict in the answer: <html>404</html>");
}

TEST(Cmdline, IsToldToRunAndJudgesWhatWasWritten)
{
    const std::vector<std::string> words = {"/bin/sweep %s", "found in file", "'(.+)'"};
    const auto found = talk("cmdline", "0\nVirus 'W32/Magistr-B' found in file ./those.bat\n", "\n", words);
    EXPECT_EQ(found.heard, "/scan/id\n");
    EXPECT_EQ(found.of("malware_name"), "W32/Magistr-B");
    EXPECT_EQ(talk("cmdline", "0\nall is 'well'\n", "\n", words).of("malware_name"), "-");
    EXPECT_EQ(talk("cmdline", "0\nfound in file x\n", "\n", words).of("malware_name"), "unknown");
    EXPECT_EQ(talk("cmdline", "768\nfound in file x\n", "\n", words).of("x"), "error: scanner returned error code: 768");
    EXPECT_EQ(talk("cmdline", "command timed out", "\n", words).of("x"), "error: command timed out");
    EXPECT_EQ(talk("cmdline", "", "\n", words).of("x"), "error: the command could not be run");
}

TEST(Avast, IsToldOptionsAndMayPassWhatItCannotOpen)
{
    const std::string answer = "210 SCAN DATA\nSCAN /scan/id/id.eml\t[E]0.0\tError 42110 The\\ file\\ is\\ a\\ bomb\n200 SCAN OK\n";
    EXPECT_EQ(talk("avast", answer, "id\n", {}, 1000, "220 hi\n").of("malware_name"), "The file is a bomb");
    const auto passed = talk("avast", answer, "id\n", {"pass_unscanned"}, 1000, "220 hi\n");
    EXPECT_EQ(passed.heard, "SCAN /scan/id\n"); // it is no word of the scanner's
    EXPECT_EQ(passed.of("malware_name"), "-");
}

}
}
