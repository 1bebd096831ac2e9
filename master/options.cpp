#include "master/options.h"

#include <unistd.h>

#include <climits>
#include <string_view>

#include "common/base/number.h"

namespace gp::master {
namespace {

constexpr std::string_view handed_on[] = {"--config", "--define",   "--services",
                                          "--listen", "--pid-file", "--queue-interval", "--smtp-receive-timeout"};
constexpr std::string_view of_files[] = {"--config", "--services", "--pid-file"};

// We work in / later, and read the files again at every reload.
std::string absolute(const std::string& path)
{
    char here[PATH_MAX];
    if (path.starts_with('/') || !::getcwd(here, sizeof here))
        return path;
    return std::string(here) + "/" + path;
}

}

std::string usage()
{
    return "usage: master --config FILE [--define MACRO[=VALUE]]... [--services FILE]\n"
           "              [--listen ADDRESSES] [--pid-file FILE] [--queue-interval TIME] [--smtp-receive-timeout TIME]\n"
           "              [--tls-on-connect] [--passed-socket] [--foreground] [--one-shot DESCRIPTOR [--guest]]\n";
}

Result<Options> read_options(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--foreground") {
            options.foreground = true;
            continue;
        }
        if (word == "--tls-on-connect" || word == "--passed-socket") {
            options.for_config.emplace_back(word);
            continue;
        }
        if (word == "--guest") {
            options.guest = true;
            options.for_config.emplace_back(word);
            continue;
        }
        if (i + 1 >= argc)
            return misconfigured(std::string(word) + ": unknown, or without its value");
        std::string value = argv[++i];
        if (std::ranges::find(of_files, word) != std::end(of_files))
            value = absolute(value);
        if (word == "--one-shot") {
            options.one_shot = static_cast<int>(TRY(parse_unsigned(value)) & 0xffff);
            options.foreground = true;
            options.for_config.emplace_back("--one-shot");
            continue;
        }
        if (std::ranges::find(handed_on, word) == std::end(handed_on))
            return misconfigured(std::string(word) + ": unknown option");
        if (word == "--config")
            options.config_file = value;
        if (word == "--define")
            options.definitions.push_back(value);
        options.for_config.emplace_back(word);
        options.for_config.push_back(value);
    }
    if (options.guest && !options.one_shot)
        return misconfigured("--guest goes with --one-shot");
    if (options.config_file.empty())
        return misconfigured("--config FILE is missing");
    return options;
}

}
