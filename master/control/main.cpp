// gatepost(8): the command for the operator. Finds the verb and runs it; each verb is one file in verbs/.

#include <sysexits.h>
#include <unistd.h>

#include <climits>

#include "conf/params/surroundings.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

// Beside the command in a build folder, below the same prefix when installed.
std::string programs_directory()
{
    char path[PATH_MAX];
    const auto size = ::readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0)
        return {};
    const std::string self(path, static_cast<std::size_t>(size));
    const auto prefix = self.substr(0, self.rfind('/', self.rfind('/') - 1));
    return prefix + "/libexec/gatepost";
}

int usage(const Registry<Verb>& verbs, int status)
{
    std::string text = "usage: gatepost VERB [-C FILE] [-D MACRO=VALUE] [--spool DIRECTORY] [--json] …\n\n";
    for (const auto& verb : verbs.all())
        text += "  gatepost " + std::string(verb.usage) + "\n      " + std::string(verb.text) + "\n";
    if (status == EX_OK)
        print(text);
    else if (::write(STDERR_FILENO, text.data(), text.size()) < 0)
        return EX_IOERR;
    return status;
}

// "-C FILE" and "-CFILE"; false when the value is missing.
bool take_value(std::string_view option, const std::string& word, int& at, int argc, char** argv,
                std::string& value)
{
    if (word.size() > option.size() && option.size() == 2) {
        value = word.substr(option.size());
        return true;
    }
    if (at + 1 >= argc)
        return false;
    value = argv[++at];
    return true;
}

int run(int argc, char** argv)
{
    const auto verbs = Registry<Verb>::linked();
    if (argc < 2 || std::string_view(argv[1]) == "help" || std::string_view(argv[1]) == "--help")
        return usage(verbs, argc < 2 ? EX_USAGE : EX_OK);
    const auto* verb = verbs.find(argv[1]);
    if (!verb) {
        fail(EX_USAGE, "unknown verb \"" + std::string(argv[1]) + "\"");
        return usage(verbs, EX_USAGE);
    }
    Invocation call;
    call.programs = programs_directory();
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        std::string value;
        bool has_value = true;
        if (word == "--json") {
            call.json = true;
        } else if (word.starts_with("-C")) {
            has_value = take_value("-C", word, i, argc, argv, call.config);
        } else if (word == "--spool") {
            has_value = take_value("--spool", word, i, argc, argv, call.spool);
        } else if (word.starts_with("-D")) {
            has_value = take_value("-D", word, i, argc, argv, value);
            call.definitions.push_back(value);
        } else {
            call.arguments.push_back(word);
        }
        if (!has_value)
            return fail(EX_USAGE, word + " needs a value");
    }
    if (call.config.empty())
        call.config = conf::usual_file();
    return verb->run(call);
}

}

}

int main(int argc, char** argv)
{
    return gp::control::run(argc, argv);
}
