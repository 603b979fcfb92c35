use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Fcntl qw(:flock);
use File::Find;
use File::Temp qw(tempdir);
use IPC::Open3;
use List::Util qw(sum max);
use POSIX qw(:sys_wait_h strftime);
use Storable qw(dclone freeze thaw);
use Time::HiRes qw(sleep ualarm);

$| = 1;

my %count;
$count{lc $1}++ while "The quick brown fox and the lazy dog and THE end" =~ /(\w+)/g;
print join(', ', map { "$_ $count{$_}" } sort { $count{$b} <=> $count{$a} || $a cmp $b } grep { $count{$_} > 1 } keys %count), "\n";

pipe my $in, my $out or die;
my @children = map {
    my $n = $_;
    my $pid = fork // die;
    if (!$pid) { syswrite $out, "$n\n"; POSIX::_exit($n) }
    $pid;
} 1 .. 5;
close $out;
my @status = map { waitpid $_, 0; $? >> 8 } @children;
print "children @status, read ", sum(<$in>), "\n";

my $pid = open3(my $to, my $from, undef, 'sort', '-r');
print $to "a\nc\nb\n";
close $to;
print map { chomp; "$_ " } <$from>;
waitpid $pid, 0;
print "exit $?\n";

my $rang = 0;
local $SIG{ALRM} = sub { $rang++ };
ualarm 2000;
sleep 0.1;
local $SIG{CHLD} = 'IGNORE';
my $dir = tempdir(CLEANUP => 1);
open my $f, '>', "$dir/f" or die;
flock $f, LOCK_EX | LOCK_NB or die;
print $f "text\n" x 1000;
close $f;
my $found = 0;
find({ wanted => sub { $found++ }, no_chdir => 1 }, $dir);
print "rang $rang, found $found, size ", -s "$dir/f", "\n";
print substr(sha256_hex('judge'), 0, 8), ' ', thaw(freeze([1, 2, 3]))->[2], ' ', strftime('%Y', gmtime 0), ' ', getpwuid($<) // 'none', "\n";
