// The command line: each word of Exim's and sendmail's is read as the program reads its arguments.

#include "master/sendmail/coverage.h"
#include "master/sendmail/mode.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {
namespace {

constexpr std::string_view words[] = {
    "--", "-Ac", "-Am", "-atrn", "-B", "-bd", "-bdf", "-be", "-bem", "-bF", "-bf", "-bfd", "-bfl", "-bfp", "-bfs", "-bh",
    "-bhc", "-bi", "-bI:dscp", "-bI:help", "-bI:modules", "-bI:sieve", "-bm", "-bmalware", "-bnq", "-bP", "-bp", "-bpa",
    "-bpc", "-bpi", "-bpr", "-bpra", "-bpri", "-bpru", "-bpu", "-brt", "-brw", "-bS", "-bs", "-bt", "-bV", "-bv", "-bvs",
    "-bw", "-C", "-D", "-d", "-dd", "-dp", "-dS", "-dt", "-E", "-e", "-F", "-f", "-G", "-h", "--help", "-i", "-L", "-M",
    "-m", "-Mar", "-MC", "-Mc", "-MCA", "-MCD", "-MCd", "-MCG", "-MCK", "-MCL", "-MCP", "-MCp", "-MCQ", "-MCq", "-MCr",
    "-MCS", "-MCs", "-MCT", "-MCt", "-Mes", "-Mf", "-MG", "-Mg", "-Mmad", "-Mmd", "-Mrm", "-Mset", "-Mt", "-Mvb", "-Mvc",
    "-Mvh", "-Mvl", "-N", "-n", "-O", "-oA", "-oB", "-odb", "-odf", "-odi", "-odq", "-odqs", "-oee", "-oem", "-oep",
    "-oeq", "-oew", "-oi", "-oitrue", "-om", "-oMa", "-oMaa", "-oMai", "-oMas", "-oMi", "-oMm", "-oMr", "-oMs", "-oMt",
    "-oo", "-oP", "-oPX", "-or", "-os", "-ov", "-oX", "-oY", "-p", "-pd", "-ps", "-q", "-qf", "-qff", "-qG", "-qi", "-ql",
    "-qq", "-qR", "-qS", "-R", "-r", "-S", "-t", "-ti", "-tls-on-connect", "-Tqt", "-U", "-v", "--version", "-X", "-x", "-z",
};
constexpr std::string_view sendmail_words[] = {
    "-Ac", "-Am", "-ba", "-bC", "-bd", "-bD", "-bh", "-bH", "-bi", "-bm", "-bp", "-bP", "-bs", "-bt", "-bv", "-B", "-C", "-D",
    "-d", "-f", "-F", "-G", "-h", "-i", "-L", "-M", "-n", "-N", "-o", "-O", "-p", "-q", "-qf", "-qG", "-qI", "-qL", "-qp",
    "-qQ", "-qR", "-qS", "-Q", "-R", "-r", "-s", "-t", "-T", "-U", "-v", "-V", "-X",
};
constexpr std::string_view postfix_words[] = {
    "-Ac", "-Am", "-B", "-bd", "-bh", "-bH", "-bi", "-bl", "-bm", "-bp", "-bs", "-bv", "-C", "-F", "-f", "-G", "-h", "-I", "-i",
    "-L", "-m", "-N", "-n", "-O", "-o7", "-o8", "-oA", "-oi", "-om", "-ox", "-q", "-qI", "-qR", "-qS", "-R", "-r", "-t", "-U",
    "-v", "-V", "-XV", "-X",
};

constexpr std::string_view programs[] = {"exim", "mailq", "newaliases", "rmail", "rsmtp", "runq", "sendmail"};

struct Tool {
    std::string_view name, why;
};
constexpr Tool tools[] = {
    {"convert4r3", "it converts configurations of Exim 3"},
    {"convert4r4", "it converts configurations of Exim 3"},
    {"exicyclog", {}}, {"exigrep", {}},
    {"exim_checkaccess", {}}, {"exim_dbmbuild", {}}, {"exim_dumpdb", {}}, {"exim_fixdb", {}},
    {"exim_id_update", "message ids have one form here"},
    {"exim_lock", {}}, {"exim_msgdate", {}}, {"exim_tidydb", {}},
    {"eximon", "there is no X11 program"},
    {"eximstats", {}}, {"exinext", {}}, {"exipick", {}}, {"exiqgrep", {}}, {"exiqsumm", {}}, {"exiwhat", {}},
    {"transport-filter", "it is an example of Exim's"},
};

// Words that stand for a family, and a member of it.
std::string_view member_of(std::string_view word)
{
    return word == "-e" ? "-ee" : word == "-o" ? "-oi" : word == "-or" ? "-or5m" : word == "-os" ? "-os5m" : word == "-oMm" ? "-oMm1xV066-nXoq20-0c" : word == "-qp" ? "-qp30m" : word;
}

std::string refusal(std::string_view listed, const std::string& program)
{
    const auto word = member_of(listed);
    static const auto modes = Registry<Mode>::linked();
    // What an option may want behind it.
    std::string last;
    for (const std::string value : {"127.0.0.1", "i", "/dev/null"}) {
        auto arguments = std::vector<std::string>{std::string(word), value, value};
        if (word == "-tls-on-connect")
            arguments = {std::string(word), "-bd"};
        const auto read = parse_options(program, arguments, modes);
        if (read || read.error().cause == Cause::refused) // it is known, and takes no such words
            return {};
        last = read.error().text;
    }
    constexpr std::string_view known = " is not supported: ";
    if (const auto at = last.find(known); at != last.npos)
        return last.substr(at + known.size());
    return "no such option is known";
}

void write(Page& page)
{
    const auto list = [&](const std::string& name, std::span<const std::string_view> all, const std::string& program) {
        for (const auto word : all)
            page.push_back({name, std::string(word), refusal(word, program)});
    };
    list("cli_options", words, "exim");
    list("sendmail_flags", sendmail_words, "sendmail");
    list("postfix_sendmail_flags", postfix_words, "sendmail");
    for (const auto name : programs)
        page.push_back({"cli_program_names", std::string(name), {}});
    for (const auto& tool : tools)
        page.push_back({"utilities", std::string(tool.name), std::string(tool.why)});
    page.push_back({"postfix_params", "*", "the configuration is in Exim's language; gatepost manual gatepost.conf has its options"});
}

const RegisterCoverage self{{.name = "f command line", .write = write}};

}
}
