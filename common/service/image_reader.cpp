#include "common/service/image_reader.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "common/base/text.h"
#include "common/service/control_frame.h"
#include "common/service/privileges.h"
#include "common/service/status_board.h"

namespace gp::service {
namespace {

constexpr std::uint32_t known_image_flags = require_sandbox | system_instance | test_habits;
constexpr std::uint32_t known_service_flags = stays_over_reload | no_chroot | asks_at_need;
constexpr std::uint32_t known_listener_flags = tls_on_connect | submission | lmtp | unix_socket;
constexpr std::uint32_t longest_stop = 24 * 3600;
constexpr std::uint32_t most_memory_mib = 1 << 20;
constexpr std::uint32_t most_files = 1 << 20;
constexpr std::uint32_t most_backlog = 65535;

Error wrong(std::string_view what)
{
    return permanent("the configuration image is damaged: " + std::string(what));
}

template <std::size_t N>
bool is_terminated(const char (&array)[N])
{
    return std::memchr(array, 0, N) != nullptr;
}

// Names of services become file names and words in logs: letters, digits, - and _ only.
template <std::size_t N>
bool is_name(const char (&array)[N])
{
    const auto name = text_of(array);
    return is_terminated(array) && !name.empty() &&
           std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

template <std::size_t N>
bool is_label(const char (&array)[N])
{
    const auto label = text_of(array);
    return is_terminated(array) && !label.empty() && std::ranges::all_of(label, is_printable);
}

template <std::size_t N>
bool is_absolute_path(const char (&array)[N])
{
    const auto path = text_of(array);
    if (!is_terminated(array) || path.size() < 2 || path[0] != '/' ||
        !std::ranges::all_of(path, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 127; }))
        return false;
    const auto parts = split(path.substr(1), '/');
    return std::ranges::none_of(parts, [](auto part) { return part == ".." || part == "."; });
}

bool is_plain_user(uid_t uid, gid_t gid)
{
    const bool callers = uid == static_cast<uid_t>(-1) && gid == static_cast<gid_t>(-1);
    const bool other = uid != 0 && uid != static_cast<uid_t>(-1) && gid != 0 && gid != static_cast<gid_t>(-1);
    return callers || other;
}

template <class Row>
bool take_table(std::string_view octets, std::size_t& at, std::uint32_t count, std::vector<Row>& into)
{
    if (count > (octets.size() - at) / sizeof(Row))
        return false;
    into.resize(count);
    if (count)
        std::memcpy(into.data(), octets.data() + at, count * sizeof(Row));
    at += count * sizeof(Row);
    return true;
}

bool is_address(const ImageListener& row)
{
    switch (row.address.ss_family) {
    case AF_INET:
        return row.address_length == sizeof(sockaddr_in);
    case AF_INET6:
        return row.address_length == sizeof(sockaddr_in6);
    case AF_UNIX: {
        // A plain name below run/.
        if (row.address_length != sizeof(sockaddr_un))
            return false;
        sockaddr_un address{};
        std::memcpy(&address, &row.address, sizeof address);
        return is_name(address.sun_path);
    }
    default:
        return false;
    }
}

}

Result<Image> Image::open(OwnedFd fd)
{
    TRY(process::expect_sealed(fd.get()));
    auto file = TRY(process::MappedFile::open(fd.get(), max_image));
    auto image = TRY(parse(file.octets()));
    image.file_ = std::move(file);
    return image;
}

Result<Image> Image::parse(std::string_view octets)
{
    Image image;
    image.octets_ = octets;
    if (octets.size() < sizeof(ImageHeader))
        return wrong("it is shorter than its header");
    std::memcpy(&image.header_, octets.data(), sizeof(ImageHeader));
    TRY(image.check_header());
    std::size_t at = sizeof(ImageHeader);
    if (!take_table(octets, at, image.header_.services, image.services_) ||
        !take_table(octets, at, image.header_.listeners, image.listeners_) ||
        !take_table(octets, at, image.header_.blocks, image.blocks_))
        return wrong("its tables do not fit into it");
    image.tables_end_ = at;
    TRY(image.check());
    return image;
}

Status Image::check_header() const
{
    if (std::memcmp(header_.magic, image_magic, sizeof image_magic) != 0)
        return wrong("it does not begin as one of this version");
    if (header_.size != octets_.size())
        return wrong("size");
    if (header_.services == 0 || header_.services > max_services)
        return wrong("number of services");
    if (header_.listeners > max_listeners)
        return wrong("number of listeners");
    if (header_.blocks > max_blocks)
        return wrong("number of blocks");
    if (header_.flags & ~known_image_flags)
        return wrong("flags");
    if (header_.stop_deadline == 0 || header_.stop_deadline > longest_stop)
        return wrong("stop_deadline");
    if (header_.restart_wait > longest_stop || header_.restart_longest > longest_stop ||
        header_.restart_healthy > longest_stop)
        return wrong("restart times");
    if (!is_absolute_path(header_.spool_directory))
        return wrong("spool_directory");
    if (header_.pid_file[0] != 0 && !is_absolute_path(header_.pid_file))
        return wrong("pid_file");
    if (!is_plain_user(header_.spool_uid, header_.spool_gid))
        return wrong("owner of the spool");
    return {};
}

Status Image::check() const
{
    std::uint64_t processes = 0;
    for (const auto& row : services_) {
        TRY(check_service(row));
        processes += row.processes;
    }
    // On a reload the old ones are still there: twice as many must have room.
    if (processes > max_processes / 2)
        return wrong("number of processes");
    for (const auto& row : listeners_)
        TRY(check_listener(row));
    for (const auto& row : blocks_)
        TRY(check_block(row));
    return {};
}

Status Image::check_service(const ImageService& row) const
{
    if (!is_name(row.name) || !is_name(row.program))
        return wrong("name of a service");
    const std::string name(text_of(row.name));
    if (service(name) != &row)
        return wrong("two services are named " + name);
    if (!privileges_of(text_of(row.program)))
        return wrong(name + " names a program that is not in the privilege map");
    if (row.processes == 0 || row.processes > max_processes)
        return wrong("processes of " + name);
    if (row.max_sessions == 0)
        return wrong("sessions of " + name);
    if (!is_plain_user(row.uid, row.gid))
        return wrong("user of " + name);
    if (row.flags & ~known_service_flags)
        return wrong("flags of " + name);
    if (row.max_memory_mib > most_memory_mib || row.max_files > most_files || row.reserved != 0)
        return wrong("limits of " + name);
    return {};
}

Status Image::check_listener(const ImageListener& row) const
{
    if (!is_label(row.label))
        return wrong("label of a listener");
    const std::string label(text_of(row.label));
    if (!is_terminated(row.service) || !service(text_of(row.service)))
        return wrong("service of listener " + label);
    if (!is_address(row))
        return wrong("address of listener " + label);
    const bool is_unix = row.address.ss_family == AF_UNIX;
    if ((row.flags & ~known_listener_flags) || is_unix != ((row.flags & unix_socket) != 0))
        return wrong("flags of listener " + label);
    if (row.backlog > most_backlog)
        return wrong("backlog of listener " + label);
    if ((row.mode & ~0777u) || (!is_unix && row.mode != 0))
        return wrong("mode of listener " + label);
    return {};
}

Status Image::check_block(const ImageBlock& row) const
{
    if (!is_label(row.name) || text_of(row.name).size() >= sizeof ControlFrame::name)
        return wrong("name of a block");
    const std::string name(text_of(row.name));
    if (!is_terminated(row.service) || (row.service[0] != 0 && !service(text_of(row.service))))
        return wrong("service of block " + name);
    if (row.offset < tables_end_ || row.offset > octets_.size() || row.size > octets_.size() - row.offset)
        return wrong("place of block " + name);
    return {};
}

const ImageService* Image::service(std::string_view pool) const
{
    for (const auto& row : services_)
        if (text_of(row.name) == pool)
            return &row;
    return nullptr;
}

std::string_view Image::octets(const ImageBlock& block) const
{
    return octets_.substr(block.offset, block.size);
}

}
