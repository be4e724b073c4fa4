package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	eks "github.com/aws/aws-cdk-go/awscdk/v2/awseksv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
	hybridrunner "github.com/cdk-collate/cdk-collate-hybrid-runner-go/cdkcollatehybridrunner"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("CollateRunner"), nil)

	// A cluster that another stack made, and its kubectl handler.
	cluster := eks.Cluster_FromClusterAttributes(stack, jsii.String("Cluster"), &eks.ClusterAttributes{
		ClusterName: jsii.String("data-platform"),
		KubectlProvider: eks.KubectlProvider_FromKubectlProviderAttributes(stack, jsii.String("Kubectl"), &eks.KubectlProviderAttributes{
			ServiceToken: jsii.String("arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl"),
		}),
	})

	token := awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("Token"), jsii.String("collate/runner-token"))
	registryKeys := awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("RegistryKeys"), jsii.String("collate/registry-keys"))
	hybridrunner.NewHybridRunner(stack, jsii.String("Runner"), &hybridrunner.HybridRunnerProps{
		Cluster:    hybridrunner.RunnerCluster_FromEksV2(cluster, &hybridrunner.RunnerClusterOptions{AccessEntry: jsii.Bool(true)}),
		AgentId:    jsii.String("aws-prod"),
		ServerHost: jsii.String("acme.getcollate.io"),
		AuthToken:  token,
		Images:     hybridrunner.RunnerImages_FromCollateRegistry(registryKeys, nil),
	})

	app.Synth(nil)
}
