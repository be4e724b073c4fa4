// The construct library's own deprecations are not ours to print.
process.env.JSII_DEPRECATED = 'quiet';
